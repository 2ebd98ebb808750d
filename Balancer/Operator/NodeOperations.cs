using SessionCluster.Balancer.Configuration;
using SessionCluster.Balancer.Health;

namespace SessionCluster.Balancer.Operator;

/// <summary>Passes an operator's wishes on to a node.</summary>
internal sealed class NodeOperations(BalancerOptions options) : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false })
    {
        // A drain is answered when it has begun, not when it is done.
        Timeout = TimeSpan.FromSeconds(5),
    };

    /// <summary>The node of that name, or null.</summary>
    public NodeAddress? Find(string name) => options.Nodes.FirstOrDefault(node => node.Name == name);

    /// <summary>Tells a node to hand over what it holds, and to leave.</summary>
    public Task<NodeAnswer> DrainAsync(NodeAddress node, string key, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, node.Address + "/_node/drain");
        request.Headers.TryAddWithoutValidation(OperatorKey.HeaderName, key);
        return AskAsync(request, cancellation);
    }

    /// <summary>Asks a node what would be lost if it stopped now.</summary>
    public Task<NodeAnswer> AskWhetherSafeToStopAsync(NodeAddress node, CancellationToken cancellation) =>
        AskAsync(new HttpRequestMessage(HttpMethod.Get, node.Address + "/_node/safe-to-stop"), cancellation);

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<NodeAnswer> AskAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using (request)
        {
            try
            {
                using HttpResponseMessage response = await _client.SendAsync(request, cancellation);
                return new NodeAnswer(
                    (int)response.StatusCode,
                    response.Content.Headers.ContentType?.ToString() ?? "text/plain",
                    await response.Content.ReadAsStringAsync(cancellation));
            }
            catch (HttpRequestException failure)
            {
                return new NodeAnswer { IsDown = ConnectionFailure.IsIn(failure) };
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return default;
            }
        }
    }
}

/// <summary>What a node answered. The default value is a node that answered nothing.</summary>
internal readonly record struct NodeAnswer(int Status, string ContentType, string Body)
{
    /// <summary>Whether nothing listens there; a node that took the question and said nothing may be frozen.</summary>
    public bool IsDown { get; init; }

    /// <summary>Whether the node did it, or began to.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;
}
