using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace SessionCluster.Tests.EndToEnd;

/// <summary>What the sample page says. The basket is compared as a whole, not understood.</summary>
internal sealed record Page(string Node, string Session, string Timestamp, JsonElement Basket);

/// <summary>What the probe says of the session that it was asked in.</summary>
internal sealed record Probe(
    string Node, string Session, bool IsNew, long? Previous, long? Last, long Count, long Bytes);

/// <summary>
/// A client that keeps cookies as a browser does: by host, whatever the port. So it can be sent to a node directly,
/// past the balancer, and still is the same visitor.
/// </summary>
internal sealed class Browser : IDisposable
{
    private static readonly TimeSpan BetweenKnocks = TimeSpan.FromMilliseconds(20);
    private readonly HttpClient _http;

    public Browser(Uri balancer, bool waitsForBalancer = false)
    {
        var handler = new SocketsHttpHandler { CookieContainer = new CookieContainer(), AllowAutoRedirect = true };
        if (waitsForBalancer)
        {
            handler.ConnectCallback = KnockAsync;
        }

        _http = new HttpClient(handler) { BaseAddress = balancer, Timeout = Patience.Request };
        _http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
    }

    public Task<Page> OpenAsync() => ReadAsync<Page>(new Uri("/", UriKind.Relative));

    /// <summary>Opens the page on one node, past the balancer.</summary>
    public Task<Page> OpenAsync(Uri node) => ReadAsync<Page>(new Uri(node, "/"));

    /// <summary>Reloads until there is a page: right after a kill the first try may meet the dead node.</summary>
    public Task<Page> ReloadAsync() => UntilServedAsync(OpenAsync);

    public Task<Probe> ReadAgainAsync() => UntilServedAsync(ReadAsync);

    public async Task PutIntoBasketAsync(string item, int quantity)
    {
        using var answer = await _http.PostAsJsonAsync("/basket", new { item, quantity }, Cancellation);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Writes a number; with <paramref name="rotate"/> into a session that gets a new key by it.</summary>
    public async Task<Probe> WriteAsync(long number, int bytes = 64, bool rotate = false)
    {
        var address = new Uri($"/probe/{number}?bytes={bytes}&rotate={rotate}", UriKind.Relative);
        using var answer = await _http.PostAsync(address, null, Cancellation);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<Probe>(Cancellation))!;
    }

    public Task<Probe> ReadAsync() => ReadAsync<Probe>(new Uri("/probe", UriKind.Relative));

    /// <summary>Reads a page as it would be shown to who accepts this kind of content.</summary>
    public async Task<(string? Kind, string Text)> ShowAsync(string path, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd(accept);
        using var answer = await _http.SendAsync(request, Cancellation);
        answer.EnsureSuccessStatusCode();
        return (answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    public async Task<T> ReadAsync<T>(Uri address)
    {
        using var answer = await _http.GetAsync(address, Cancellation);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<T>(Cancellation))!;
    }

    public void Dispose() => _http.Dispose();

    /// <summary>
    /// Where nobody has opened nothing was sent, so whoever knocks may knock again: nobody listens there, or whoever
    /// listened ended before the connection was made. A request that was sent is not sent again here.
    /// </summary>
    private static async ValueTask<Stream> KnockAsync(SocketsHttpConnectionContext door, CancellationToken cancellation)
    {
        while (true)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(door.DnsEndPoint, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException refusal) when (
                refusal.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset)
            {
                socket.Dispose();
                await Task.Delay(BetweenKnocks, cancellation);
            }
        }
    }

    private static async Task<T> UntilServedAsync<T>(Func<Task<T>> ask)
        where T : class
    {
        var served = await Eventually.SeeAsync("an answer", Patience.Request, TryAsync, answer => answer is not null);
        return served!;

        async Task<T?> TryAsync()
        {
            try
            {
                return await ask();
            }
            catch (HttpRequestException)
            {
                return null;
            }
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
