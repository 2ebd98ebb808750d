using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using SessionCluster.Replication.AspNetCore.Hosting;
using SessionCluster.Replication.AspNetCore.Security;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Replication.AspNetCore.Diagnostics;

/// <summary>What a node says of itself, read from the machine between two of its steps.</summary>
internal static class NodeEndpoints
{
    private const string Prefix = "/_node";
    private const string Drained = "drained";
    private const int SessionsShown = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly PathString[] Probes = ["/health", "/alive"];

    /// <summary>Whether a path is asked by the cluster's own parts and not by clients.</summary>
    public static bool IsProbe(PathString path) => Probes.Contains(path) || path.StartsWithSegments(Prefix);

    public static RouteGroupBuilder Map(IEndpointRouteBuilder endpoints)
    {
        RouteGroupBuilder group = endpoints.MapGroup(Prefix);
        group.WithMetadata(new NodeEndpointMetadata()).ExcludeFromDescription();
        group.MapGet("", DescribeNodeAsync);
        group.MapGet("/sessions", DescribeSessionsAsync);
        group.MapGet("/safe-to-stop", DescribeStopAsync);
        group.MapPost("/drain", DrainAsync);
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
            StatusOf(loop, snapshot),
            snapshot.View,
            snapshot.Members,
            snapshot.IsReady,
            metrics.Requests,
            new SessionCounts(snapshot.Primaries, snapshot.Backups),
            snapshot.Unprotected,
            snapshot.Bytes,
            options.Value.PartitionPolicy.ToString().ToLowerInvariant(),
            snapshot.IsDivided,
            metrics.Overwritten));
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

    private static async Task<Results<Ok<StopReport>, ProblemHttpResult>> DescribeStopAsync(
        HttpContext context, NodeLoop loop, RequestGate gate)
    {
        (NodeSnapshot Snapshot, SessionId[] OnlyHere)[]? read = await ReadAsync(
            loop,
            static (node, now) => new[] { (NodeSnapshot.Of(node, now), node.OnlyHere.ToArray()) },
            context.RequestAborted);
        if (read is null)
        {
            return NotAnswering();
        }

        (NodeSnapshot snapshot, SessionId[] onlyHere) = read[0];
        return TypedResults.Ok(new StopReport(
            loop.Settings.Self.Node.Name,
            onlyHere.Length == 0,
            StatusOf(loop, snapshot),
            onlyHere.Length,
            [.. onlyHere.Take(SessionsShown).Select(static session => session.ToString())],
            snapshot.Unprotected,
            gate.Inside));
    }

    /// <summary>
    /// Answers when the drain has begun; <c>/_node</c> tells when it is over. 409 where the sessions would be lost.
    /// </summary>
    private static async Task<Results<Accepted<DrainBegun>, ProblemHttpResult>> DrainAsync(
        HttpContext context, NodeLoop loop, NodeDrain drain, OperatorKey key)
    {
        if (!key.IsSet)
        {
            return TypedResults.Problem(
                title: "Operator:Key is not set, so nobody may drain this node.",
                statusCode: StatusCodes.Status404NotFound);
        }

        if (!key.Matches(context.Request.Headers[OperatorKey.HeaderName]))
        {
            return TypedResults.Problem(
                title: $"The header {OperatorKey.HeaderName} is missing or wrong.",
                statusCode: StatusCodes.Status401Unauthorized);
        }

        if (!drain.HasBegun)
        {
            object? canDrain = await ReadAsync<object>(loop, static (node, _) => node.CanDrain, context.RequestAborted);
            if (canDrain is null)
            {
                return NotAnswering();
            }

            if (canDrain is false)
            {
                return TypedResults.Problem(
                    title: "Nobody is there to take over the sessions of this node. It serves on.",
                    statusCode: StatusCodes.Status409Conflict);
            }
        }

        drain.Begin();
        return TypedResults.Accepted(
            (string?)null,
            new DrainBegun(loop.Settings.Self.Node.Name, loop.Drained.IsCompleted ? Drained : "leaving"));
    }

    private static string StatusOf(NodeLoop loop, NodeSnapshot snapshot) =>
        loop.Drained.IsCompleted ? Drained : snapshot.Status.ToString().ToLowerInvariant();

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
