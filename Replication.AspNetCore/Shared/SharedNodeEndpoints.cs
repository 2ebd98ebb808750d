using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using SessionCluster.Replication.AspNetCore.Diagnostics;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// What a node says of itself in mode <see cref="ReplicationMode.Shared"/>: it holds no session, and without its store
/// it takes requests and can serve none.
/// </summary>
internal static class SharedNodeEndpoints
{
    public static RouteGroupBuilder Map(IEndpointRouteBuilder endpoints)
    {
        RouteGroupBuilder group = endpoints.MapGroup("/_node");
        group.WithMetadata(new NodeEndpointMetadata()).ExcludeFromDescription();
        group.MapGet("", Describe);
        group.MapGet("/sessions", static (IOptions<ReplicationOptions> options) =>
            TypedResults.Ok(new NodeSessions(options.Value.Node, [])));
        return group;
    }

    private static Ok<NodeDescription> Describe(
        IOptions<ReplicationOptions> options, SharedStore store, ReplicationMetrics metrics) =>
        TypedResults.Ok(new NodeDescription(
            Name: options.Value.Node,
            Incarnation: Environment.ProcessId,
            ProcessId: Environment.ProcessId,
            Mode: "shared",
            Role: "node",
            Status: store.Serves ? "up" : "degraded",
            View: 0,
            Members: 0,
            Ready: store.Serves,
            Requests: metrics.Requests,
            Sessions: new SessionCounts(Primary: 0, Backup: 0),
            Unprotected: 0,
            Bytes: 0,
            Store: store.Condition));
}
