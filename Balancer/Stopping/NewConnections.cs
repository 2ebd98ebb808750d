using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using SessionCluster.Balancer.Configuration;

namespace SessionCluster.Balancer.Stopping;

/// <summary>Has clients' connections told of the balancer's end as <see cref="NewConnection"/> tells it.</summary>
/// <param name="options">How long a connection's first request is waited for.</param>
/// <param name="time">The clock.</param>
internal sealed class NewConnections(BalancerOptions options, TimeProvider time)
{
    private long _latest = time.GetTimestamp();

    /// <summary>Has the connections of an endpoint told in this way.</summary>
    public ConnectionDelegate Serve(ConnectionDelegate next) => async connection =>
    {
        if (connection.Features.Get<IConnectionLifetimeNotificationFeature>() is not { } feature)
        {
            await next(connection);
            return;
        }

        long accepted = time.GetTimestamp();
        Volatile.Write(ref _latest, accepted);
        await using var told = new NewConnection(feature, options.FirstRequestTimeout, accepted, time);
        connection.Features.Set<IConnectionLifetimeNotificationFeature>(told);
        await next(connection);
    };

    /// <summary>Notes that a connection has its first request.</summary>
    public Task NoteRequest(HttpContext context, RequestDelegate next)
    {
        // To look for the connection costs each request more than a look at the clock; and who was accepted longer ago
        // is not waited for, whether it has sent a request or not.
        if (time.GetElapsedTime(Volatile.Read(ref _latest)) <= options.FirstRequestTimeout
            && context.Features.Get<IConnectionLifetimeNotificationFeature>() is NewConnection connection)
        {
            connection.NoteRequest();
        }

        return next(context);
    }
}
