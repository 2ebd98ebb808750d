using System.Net.Http.Json;
using System.Text.Json;

namespace SessionCluster.AppHost;

/// <summary>What an operator's commands ask of nodes and balancer, over HTTP.</summary>
internal sealed class NodeControl(EndpointReference balancer, ParameterResource operatorKey) : IDisposable
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http = new()
    {
        Timeout = TimeSpan.FromSeconds(5),
        DefaultRequestHeaders = { { "Accept", "application/json" } },
    };

    /// <summary>Has the balancer drain a node: the balancer sends it nothing more from then on.</summary>
    /// <exception cref="HttpRequestException">The balancer or the node refused.</exception>
    public async Task DrainAsync(string node, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{balancer.Url}/_cluster/nodes/{node}/drain");
        request.Headers.Add("Operator-Key", await operatorKey.GetValueAsync(cancellation));
        using var answer = await _http.SendAsync(request, cancellation);
        if (!answer.IsSuccessStatusCode)
        {
            var reason = await answer.Content.ReadAsStringAsync(cancellation);
            throw new HttpRequestException($"{(int)answer.StatusCode}: {reason}", null, answer.StatusCode);
        }
    }

    /// <summary>Which process a node is.</summary>
    public async Task<long> IncarnationAsync(EndpointReference node, CancellationToken cancellation) =>
        (await _http.GetFromJsonAsync<NodeIdentity>(node.Url + "/_node", cancellation))!.Incarnation;

    /// <summary>Waits until a node says what is expected of it; one that says nothing is asked again.</summary>
    /// <exception cref="TimeoutException">It did not in time.</exception>
    public async Task UntilAsync<T>(
        EndpointReference node,
        string path,
        string expectation,
        Func<T, bool> isAsExpected,
        TimeSpan patience,
        CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        try
        {
            while (await TryAskAsync<T>(node.Url + path, limit.Token) is not { } said || !isAsExpected(said))
            {
                await Task.Delay(BetweenLooks, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"{node.Resource.Name} is not {expectation} after {patience.TotalSeconds} s.");
        }
    }

    /// <summary>Waits until the balancer sends requests to a node.</summary>
    /// <exception cref="TimeoutException">It did not in time.</exception>
    public Task UntilServingAsync(string node, TimeSpan patience, CancellationToken cancellation) =>
        UntilAsync<ClusterPage>(
            balancer,
            "/_cluster",
            $"sending requests to {node}",
            said => said.Nodes.Any(shown => shown.Name == node && shown.State == "up"),
            patience,
            cancellation);

    public void Dispose() => _http.Dispose();

    private async Task<T?> TryAskAsync<T>(string address, CancellationToken cancellation)
    {
        try
        {
            return await _http.GetFromJsonAsync<T>(address, cancellation);
        }
        catch (Exception error) when (error is HttpRequestException or JsonException
            || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return default;
        }
    }
}

/// <summary>What a node says of itself; the parts that are used here.</summary>
internal sealed record NodeIdentity(long Incarnation, string Status, bool Ready);

/// <summary>What would be lost if a node stopped; the parts that are used here.</summary>
internal sealed record StopReport(bool Safe, string Status, int Unprotected);

/// <summary>What the balancer shows of the nodes; the parts that are used here.</summary>
internal sealed record ClusterPage(IReadOnlyList<ShownNode> Nodes);

/// <summary>A node as the balancer sees it; the parts that are used here.</summary>
internal sealed record ShownNode(string Name, string State);
