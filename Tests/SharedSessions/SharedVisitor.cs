using System.Net;
using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>A client that keeps cookies by host, whatever the port; so all nodes know it.</summary>
internal sealed class SharedVisitor : IDisposable
{
    private static readonly TimeSpan HealingPatience = TimeSpan.FromSeconds(15);
    private readonly SocketsHttpHandler _handler = new() { CookieContainer = new CookieContainer() };
    private readonly HttpClient _http;

    public SharedVisitor() => _http = new HttpClient(_handler);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Somebody else who knows this visitor's cookies as they are now.</summary>
    public SharedVisitor Copy(Uri address)
    {
        var copy = new SharedVisitor();
        copy._handler.CookieContainer.Add(_handler.CookieContainer.GetCookies(address));
        return copy;
    }

    /// <summary>How many cookies the visitor would send.</summary>
    public int CountCookies(Uri address) => _handler.CookieContainer.GetCookies(address).Count;

    public Task<HttpResponseMessage> GetAsync(Uri address) => _http.GetAsync(address, Cancellation);

    public Task<string> GetStringAsync(Uri address) => _http.GetStringAsync(address, Cancellation);

    /// <summary>Asks until there is an answer: a node finds its store again by itself.</summary>
    public Task UntilServedAsync(Uri address) => Eventually.SeeAsync(
        "an answer of a node that has its store again", HealingPatience, () => IsServedAsync(address),
        isServed => isServed);

    public void Dispose() => _http.Dispose();

    private async Task<bool> IsServedAsync(Uri address)
    {
        using HttpResponseMessage answer = await GetAsync(address);
        return answer.IsSuccessStatusCode;
    }
}
