using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace SessionCluster.Tests.Faults.Clients;

/// <summary>
/// One browser with one session. It keeps its cookies whatever host it is sent to: nodes in namespaces of their own
/// have addresses of their own, and a visitor is to be the same one everywhere.
/// </summary>
internal sealed class Visitor(HttpClient http)
{
    private static readonly Uri EverySite = new("http://cluster.test/");
    private readonly CookieContainer _cookies = new();

    /// <summary>Another browser with the same cookies, for example one that was not told of what this one does.</summary>
    public Visitor Copy()
    {
        var copy = new Visitor(http);
        copy._cookies.Add(_cookies.GetAllCookies());
        return copy;
    }

    /// <summary>Sends one request to one door of the cluster: the balancer, or a node.</summary>
    public async Task<Answer> SendAsync(HttpMethod method, Uri door, string path, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(door, path)) { Content = content };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        var cookies = _cookies.GetCookieHeader(EverySite);
        if (cookies.Length > 0)
        {
            request.Headers.Add("Cookie", cookies);
        }

        try
        {
            using var response = await http.SendAsync(request);
            return await ReadAsync(response);
        }
        catch (HttpRequestException failure)
        {
            // A request with a body is never sent a second time by the client's handler itself, so that a connection
            // that could not be made proves that nothing was sent.
            return Answer.Missing(failure.Message, failure.HttpRequestError == HttpRequestError.ConnectionError);
        }
        catch (OperationCanceledException)
        {
            return Answer.Missing("no answer in time", isNotExecuted: false);
        }
        catch (JsonException cutOff)
        {
            return Answer.Missing(cutOff.Message, isNotExecuted: false);
        }
    }

    private async Task<Answer> ReadAsync(HttpResponseMessage response)
    {
        var isLost = IsSet(response, "Session-Lost") || response.StatusCode == HttpStatusCode.Gone;
        if (!response.IsSuccessStatusCode)
        {
            var text = await response.Content.ReadAsStringAsync();
            return new Answer(
                $"{(int)response.StatusCode} {text}", IsSet(response, "Session-Not-Executed"), isLost, null);
        }

        var bytes = await response.Content.ReadAsByteArrayAsync();
        var seen = JsonSerializer.Deserialize<SeenState>(bytes, JsonSerializerOptions.Web)!;
        if (response.Headers.TryGetValues("Set-Cookie", out var cookies))
        {
            foreach (var cookie in cookies)
            {
                _cookies.SetCookies(EverySite, cookie);
            }
        }

        return new Answer("200", false, isLost, seen);
    }

    private static bool IsSet(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out var values) && values.Contains("1");
}

/// <summary>What came back.</summary>
/// <param name="Text">The status, and what was said where it was no success.</param>
/// <param name="IsNotExecuted">Whether it is certain that the request changed nothing.</param>
/// <param name="IsLost">Whether the cluster said that the session which was asked for is lost.</param>
/// <param name="Seen">The session's state; null where there was no success.</param>
internal sealed record Answer(string Text, bool IsNotExecuted, bool IsLost, SeenState? Seen)
{
    public static Answer Missing(string why, bool isNotExecuted) => new(why, isNotExecuted, false, null);
}

/// <summary>
/// What the sample page and the probe say of a session; each leaves out what only the other one knows.
/// </summary>
internal sealed record SeenState(
    string Node, string Session, IReadOnlyList<SeenLine>? Basket, long? Previous, long? Count);

/// <summary>One line of the basket. Write 7 is the item "7".</summary>
internal sealed record SeenLine(string Item, int Quantity);
