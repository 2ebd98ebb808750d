using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using SessionCluster.Replication.AspNetCore.Hosting;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Replication.AspNetCore.Diagnostics;

/// <summary>What a node says of itself, read from the machine between two of its steps.</summary>
internal static class NodeEndpoints
{
    private const string Prefix = "/_node";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly PathString[] Probes = [Prefix, "/health", "/alive"];

    /// <summary>Whether a path is asked by the cluster's own parts and not by clients.</summary>
    public static bool IsProbe(PathString path)
    {
        foreach (PathString probe in Probes)
        {
            if (path.StartsWithSegments(probe))
            {
                return true;
            }
        }

        return false;
    }

    public static RouteGroupBuilder Map(IEndpointRouteBuilder endpoints)
    {
        RouteGroupBuilder group = endpoints.MapGroup(Prefix);
        group.WithMetadata(new NodeEndpointMetadata()).ExcludeFromDescription();
        group.MapGet("", DescribeNodeAsync);
        group.MapGet("/sessions", DescribeSessionsAsync);
        return group;
    }

    private static async Task<Results<Ok<NodeDescription>, ProblemHttpResult>> DescribeNodeAsync(
        HttpContext context, NodeLoop loop, ReplicationMetrics metrics, IOptions<ReplicationOptions> options)
    {
        if (await ReadAsync(loop, NodeSnapshot.Of, context.RequestAborted) is not { } snapshot)
        {
            return NotAnswering();
        }

        Member self = loop.Settings.Self;
        return TypedResults.Ok(new NodeDescription(
            self.Node.Name,
            self.Incarnation,
            Environment.ProcessId,
            options.Value.Mode.ToString().ToLowerInvariant(),
            options.Value.Role.ToString().ToLowerInvariant(),
            snapshot.Status.ToString().ToLowerInvariant(),
            snapshot.View,
            snapshot.IsReady,
            metrics.Requests,
            new SessionCounts(snapshot.Primaries, snapshot.Backups),
            snapshot.Unprotected,
            snapshot.Bytes));
    }

    private static async Task<Results<Ok<NodeSessions>, ProblemHttpResult>> DescribeSessionsAsync(
        HttpContext context, NodeLoop loop)
    {
        // Copied on the loop, put into words here: the loop must not wait for JSON.
        CopyDescription[]? copies =
            await ReadAsync(loop, static (node, _) => node.Copies.ToArray(), context.RequestAborted);
        return copies is null
            ? NotAnswering()
            : TypedResults.Ok(new NodeSessions(loop.Settings.Self.Node.Name, copies.Select(SessionCopy.Of)));
    }

    private static async Task<T?> ReadAsync<T>(
        NodeLoop loop, Func<ReplicationNode, Instant, T> read, CancellationToken cancellationToken)
        where T : class
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            return await loop.InspectAsync(read, patience.Token);
        }
        catch (OperationCanceledException)
        {
            // The node is overloaded or stops: said with a 503, as a fact of its state.
            return null;
        }
    }

    private static ProblemHttpResult NotAnswering() => TypedResults.Problem(
        title: "The node does not answer.", statusCode: StatusCodes.Status503ServiceUnavailable);
}

/// <summary>Marks the endpoints that must not touch the session of who asks.</summary>
internal sealed class NodeEndpointMetadata;
