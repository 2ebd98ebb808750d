using Microsoft.AspNetCore.Http;
using SessionCluster.Balancer.Configuration;
using SessionCluster.Balancer.Forwarding;
using SessionCluster.Balancer.Health;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace SessionCluster.Balancer.Operator;

/// <summary>
/// <c>POST /_cluster/nodes/{name}/drain</c> and <c>GET /_cluster/nodes/{name}/safe-to-stop</c>: the node does it and
/// knows it; the balancer knows where the node is, and who may ask.
/// </summary>
internal static class OperatorEndpoints
{
    /// <summary>Maps them.</summary>
    public static void MapOperatorEndpoints(this WebApplication app)
    {
        app.MapPost("/_cluster/nodes/{name}/drain", DrainAsync);
        app.MapGet("/_cluster/nodes/{name}/safe-to-stop", AskWhetherSafeToStopAsync);
    }

    private static async Task<IResult> DrainAsync(
        string name,
        HttpContext context,
        OperatorKey key,
        NodeOperations operations,
        NodeHealth health,
        IProxyStateLookup proxy)
    {
        if (!key.IsSet)
        {
            return Problem(StatusCodes.Status404NotFound, "Operator:Key is not set, so nobody may change the cluster.");
        }

        string? presented = context.Request.Headers[OperatorKey.HeaderName];
        if (!key.Matches(presented))
        {
            return Problem(
                StatusCodes.Status401Unauthorized, $"The header {OperatorKey.HeaderName} is missing or wrong.");
        }

        if (operations.Find(name) is not { } node)
        {
            return Problem(StatusCodes.Status404NotFound, $"There is no node '{name}'.");
        }

        NodeAnswer answer = await operations.DrainAsync(node, presented!, context.RequestAborted);
        if (answer.IsSuccess
            && proxy.TryGetCluster(ProxyConfiguration.ClusterId, out ClusterState? cluster)
            && cluster.Destinations.TryGetValue(node.Name, out DestinationState? destination))
        {
            // The node is unready from now on; there is no need to wait for the probe that finds out.
            health.Eject(cluster, destination, "an operator drains it");
        }

        return Relay(node, answer);
    }

    private static async Task<IResult> AskWhetherSafeToStopAsync(
        string name, HttpContext context, NodeOperations operations) =>
        operations.Find(name) is { } node
            ? Relay(node, await operations.AskWhetherSafeToStopAsync(node, context.RequestAborted))
            : Problem(StatusCodes.Status404NotFound, $"There is no node '{name}'.");

    /// <summary>The node's own words, or 409: what was asked for cannot be in the state that the node is in.</summary>
    private static IResult Relay(NodeAddress node, NodeAnswer answer) => answer switch
    {
        { IsDown: true } => Problem(StatusCodes.Status409Conflict, $"Node '{node.Name}' is down."),
        { Status: 0 } => Problem(
            StatusCodes.Status409Conflict,
            $"Node '{node.Name}' does not answer. It may be frozen: what it holds cannot be told, and it may wake."),
        { Status: StatusCodes.Status404NotFound } => Problem(
            StatusCodes.Status409Conflict, $"Node '{node.Name}' cannot do this in its mode."),
        { IsSuccess: true } or { Status: StatusCodes.Status409Conflict } =>
            Results.Content(answer.Body, answer.ContentType, statusCode: answer.Status),
        _ => Problem(StatusCodes.Status502BadGateway, $"Node '{node.Name}' answered {answer.Status}."),
    };

    private static IResult Problem(int status, string title) => Results.Problem(title: title, statusCode: status);
}
