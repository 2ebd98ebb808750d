using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SessionCluster.Replication.AspNetCore;
using SessionCluster.Replication.AspNetCore.Diagnostics;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Puts the replication of sessions into the pipeline.</summary>
public static class SessionReplicationApplicationExtensions
{
    /// <summary>
    /// Loads the session before the application runs, and makes its changes safe before the first byte of the response
    /// leaves. Place it right after <c>UseSession()</c>.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <returns>The application.</returns>
    public static IApplicationBuilder UseSessionReplication(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return IsShared(app.ApplicationServices)
            ? app.UseMiddleware<SharedSessionMiddleware>()
            : app.UseMiddleware<ReplicatedSessionMiddleware>();
    }

    /// <summary>
    /// Maps <c>GET /_node</c>, <c>GET /_node/sessions</c> and <c>GET /_node/safe-to-stop</c>, by which a node tells the
    /// balancer and its operator what it is and holds, and what would be lost if it ended now; and
    /// <c>POST /_node/drain</c>, which needs <see cref="ReplicationOptions.OperatorKey"/>: the node takes no more
    /// requests, hands over its sessions and leaves the cluster. Its process stays, and says that it has drained. They
    /// show no values and nothing that a cookie could be made of, but they are not for the public: restrict what is
    /// returned, or keep <c>/_node</c> off the balancer.
    /// </summary>
    /// <param name="endpoints">The application's endpoints.</param>
    /// <returns>The group of the endpoints, to add conventions to.</returns>
    public static RouteGroupBuilder MapSessionReplication(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return IsShared(endpoints.ServiceProvider) ? SharedNodeEndpoints.Map(endpoints) : NodeEndpoints.Map(endpoints);
    }

    private static bool IsShared(IServiceProvider services) => services.GetService<SharedStore>() is not null;
}
