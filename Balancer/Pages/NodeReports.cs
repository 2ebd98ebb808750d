using System.Collections.Concurrent;
using System.Text.Json;
using SessionCluster.Balancer.Configuration;
using SessionCluster.Balancer.Forwarding;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;
using YarpCluster = Yarp.ReverseProxy.Model.ClusterState;

namespace SessionCluster.Balancer.Pages;

/// <summary>
/// Asks the nodes about themselves, all at once and afresh at each page view, so that a page never shows a dead node as
/// living. What a node said last is kept for the day on which it says nothing.
/// </summary>
internal sealed class NodeReports(BalancerOptions options, IProxyStateLookup proxy) : IDisposable
{
    /// <summary>
    /// What a report may take that has to be compiled first, on a machine that has just started them all: a multiple.
    /// </summary>
    private const int PatienceAtFirst = 4;

    private readonly ConcurrentDictionary<string, NodeReport> _last = new(StringComparer.Ordinal);

    // Its own connections: a page view must not wait behind forwarded requests, nor be counted among them.
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Every node, in natural order, with its state at this moment.</summary>
    public async Task<IReadOnlyList<NodeState>> AskAsync(CancellationToken cancellation)
    {
        Answer<NodeReport>[] reports = await AskAllAsync<NodeReport>("/_node", PatienceWith, cancellation);
        return [.. options.Nodes.Select((node, place) => State(node, reports[place]))];
    }

    /// <summary>The copies that each living node holds, by the node's name.</summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<NodeSession>>> AskSessionsAsync(
        CancellationToken cancellation)
    {
        // Ten thousand sessions take longer to write down than a line about oneself.
        TimeSpan patience = 4 * options.ReportTimeout;
        Answer<NodeSessions>[] answers =
            await AskAllAsync<NodeSessions>("/_node/sessions", _ => patience, cancellation);
        return options.Nodes
            .Select((node, place) => (node.Name, answers[place].Report?.Sessions))
            .Where(entry => entry.Sessions is not null)
            .ToDictionary(entry => entry.Name, entry => entry.Sessions!, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private TimeSpan PatienceWith(NodeAddress node) =>
        _last.ContainsKey(node.Name) ? options.ReportTimeout : PatienceAtFirst * options.ReportTimeout;

    private Task<Answer<T>[]> AskAllAsync<T>(
        string path, Func<NodeAddress, TimeSpan> patience, CancellationToken cancellation)
        where T : class =>
        Task.WhenAll(options.Nodes.Select(
            node => AskOneAsync<T>(node.Address + path, patience(node), cancellation)));

    private async Task<Answer<T>> AskOneAsync<T>(string address, TimeSpan patience, CancellationToken cancellation)
        where T : class
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        try
        {
            return new Answer<T>(await _client.GetFromJsonAsync<T>(address, limit.Token), IsThere: true);
        }
        catch (HttpRequestException refusal) when (refusal.StatusCode is null)
        {
            return new Answer<T>(null, IsThere: false);
        }
        catch (Exception nonsense) when (nonsense is HttpRequestException or JsonException or IOException)
        {
            return new Answer<T>(null, IsThere: true);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Answer<T>(null, IsThere: true);
        }
    }

    private NodeState State(NodeAddress node, Answer<NodeReport> answer)
    {
        NodeReport? report = answer.Report;
        if (report is not null)
        {
            _last[node.Name] = report;
        }

        NodeReport? known = report ?? _last.GetValueOrDefault(node.Name);
        return new NodeState(
            node.Name,
            node.Address,
            Word(answer, IsLeft(node), isKnown: known is not null),
            known?.ProcessId,
            known?.Requests ?? 0,
            report?.Sessions ?? new CopyCount(0, 0),
            report?.Divided ?? false,
            known?.Overwritten ?? 0,
            known?.Mode,
            report?.Store);
    }

    /// <summary>Whether the balancer sends the node nothing, until a probe finds it ready.</summary>
    private bool IsLeft(NodeAddress node) =>
        proxy.TryGetCluster(ProxyConfiguration.ClusterId, out YarpCluster? cluster)
        && cluster.Destinations.TryGetValue(node.Name, out DestinationState? destination)
        && destination.Health.Active == DestinationHealth.Unhealthy;

    /// <summary>
    /// The page's word for a node's state. Only a node that gets requests is "up", not one that says it is ready and
    /// was not found so yet; one that is there and says nothing of itself, frozen or overloaded, is "silent", which is
    /// not dead. Of one that has never said anything that is not known: it may be about to.
    /// </summary>
    private static string Word(Answer<NodeReport> answer, bool isLeft, bool isKnown) => answer switch
    {
        { IsThere: false } => NodeState.Down,
        { Report: null } => isKnown ? NodeState.Silent : NodeState.NotHeardYet,
        _ => answer.Report.Status?.ToLowerInvariant() switch
        {
            "leaving" or "draining" => "draining",
            "up" or null => answer.Report.Ready && !isLeft ? "up" : "unready",
            "degraded" => isLeft ? "unready" : "degraded",
            string status => status,
        },
    };

    /// <param name="Report">What the node said, if it did.</param>
    /// <param name="IsThere">Whether the connection was at least taken.</param>
    private readonly record struct Answer<T>(T? Report, bool IsThere) where T : class;
}
