using System.Collections.Concurrent;
using System.Diagnostics;
using SessionCluster.Balancer.Configuration;
using SessionCluster.Balancer.Failover;

namespace SessionCluster.Balancer.Health;

/// <summary>
/// Asks a silent node whether it lives. Slow and frozen look alike to one waiting request; a frozen process answers no
/// question at all. However many requests wait, a node is asked once at a time.
/// </summary>
/// <param name="options">How long a node may take, and where it is asked.</param>
internal sealed class NodeAliveness(BalancerOptions options) : IDisposable
{
    private readonly FailoverOptions _failover = options.Failover;

    /// <summary>Where a node is asked, by where its requests are forwarded to.</summary>
    private readonly Dictionary<string, string> _asked = options.Nodes.ToDictionary(
        node => options.Http2.GetValueOrDefault(node.Name, node.Address),
        static node => node.Address,
        StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, Lazy<Task<bool>>> _asking = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, long> _answered = new(StringComparer.Ordinal);

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false })
    {
        Timeout = options.Failover.AliveTimeout,
    };

    /// <summary>Whether the node at <paramref name="address"/> answers, whatever it says.</summary>
    public async Task<bool> AnswersAsync(Uri address)
    {
        string node = NodeAt(address);
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
        string node = NodeAt(address);
        if (_answered.TryGetValue(node, out long heard) && Stopwatch.GetElapsedTime(heard) < _failover.Patience)
        {
            return true;
        }

        return await AnswersAsync(address);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private string NodeAt(Uri address)
    {
        string authority = address.GetLeftPart(UriPartial.Authority);
        return _asked.GetValueOrDefault(authority, authority);
    }

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
