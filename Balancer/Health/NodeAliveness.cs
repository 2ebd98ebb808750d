using System.Collections.Concurrent;
using System.Diagnostics;
using SessionCluster.Balancer.Failover;

namespace SessionCluster.Balancer.Health;

/// <summary>
/// Asks a silent node whether it lives. Slow and frozen look alike to one waiting request; a frozen process answers no
/// question at all. However many requests wait, a node is asked once at a time.
/// </summary>
internal sealed class NodeAliveness(FailoverOptions options) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Task<bool>>> _asking = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, long> _answered = new(StringComparer.Ordinal);

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false })
    {
        Timeout = options.AliveTimeout,
    };

    /// <summary>Whether the node at <paramref name="address"/> answers, whatever it says.</summary>
    public async Task<bool> AnswersAsync(Uri address)
    {
        string node = address.GetLeftPart(UriPartial.Authority);
        Lazy<Task<bool>> asking = _asking.GetOrAdd(node, static (key, self) => new(() => self.AskAsync(key)), this);
        try
        {
            return await asking.Value;
        }
        finally
        {
            _asking.TryRemove(KeyValuePair.Create(node, asking));
        }
    }

    /// <summary>
    /// Whether the node at <paramref name="address"/> answers, or did so less than
    /// <see cref="FailoverOptions.Patience"/> ago. For those who wait long by their nature, and are many: streams of
    /// events cost a node one question for all.
    /// </summary>
    public async Task<bool> AnsweredLatelyAsync(Uri address)
    {
        string node = address.GetLeftPart(UriPartial.Authority);
        if (_answered.TryGetValue(node, out long heard) && Stopwatch.GetElapsedTime(heard) < options.Patience)
        {
            return true;
        }

        return await AnswersAsync(address);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<bool> AskAsync(string node)
    {
        try
        {
            using HttpResponseMessage answer = await _client.GetAsync(
                node + "/alive", HttpCompletionOption.ResponseHeadersRead);
            _answered[node] = Stopwatch.GetTimestamp();
            return true;
        }
        catch (Exception silence) when (silence is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}
