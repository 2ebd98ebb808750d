using System.Net;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>A client that keeps cookies by host, whatever the port; so all nodes know it.</summary>
internal sealed class SharedVisitor : IDisposable
{
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

    public void Dispose() => _http.Dispose();
}
