using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using SessionCluster.Balancer.Configuration;

namespace SessionCluster.Balancer.Stopping;

/// <summary>
/// Listens as Kestrel does, but for the end. Kestrel closes its socket as soon as it is to stop, and the kernel resets
/// the connections that still stand in its queue; their clients may have sent a request, and could not know whether it
/// was executed. Here what stands in the queue is accepted first.
/// </summary>
internal sealed class DrainingListenerFactory(BalancerOptions options, TimeProvider time, ILoggerFactory logs)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        Socket? bound = null;
        SocketTransportFactory sockets = Sockets(
            own => bound = SocketTransportOptions.CreateDefaultBoundListenSocket(own));
        IConnectionListener listener = await sockets.BindAsync(endpoint, cancellationToken);
        return bound is null ? listener : new DrainingListener(listener, bound, options.FirstRequestTimeout, time);
    }

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) =>
        Sockets(SocketTransportOptions.CreateDefaultBoundListenSocket).CanBind(endpoint);

    private SocketTransportFactory Sockets(Func<EndPoint, Socket> bind) => new(
        Options.Create(new SocketTransportOptions
        {
            // Nothing in a proxy blocks its thread, so a step less between socket and request costs nothing.
            UnsafePreferInlineScheduling = true,
            WaitForDataBeforeAllocatingBuffer = false,
            CreateBoundListenSocket = bind,
        }),
        logs);

    private sealed class DrainingListener(
        IConnectionListener listener, Socket socket, TimeSpan patience, TimeProvider time) : IConnectionListener
    {
        private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(1);

        public EndPoint EndPoint => listener.EndPoint;

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken) =>
            listener.AcceptAsync(cancellationToken);

        public async ValueTask UnbindAsync(CancellationToken cancellationToken)
        {
            // The system tells when a connection comes, not when there is none left.
            long began = time.GetTimestamp();
            while (socket.Poll(TimeSpan.Zero, SelectMode.SelectRead) && !cancellationToken.IsCancellationRequested
                && time.GetElapsedTime(began) < patience)
            {
                await Task.Delay(BetweenLooks, time, CancellationToken.None);
            }

            await listener.UnbindAsync(cancellationToken);
        }

        public ValueTask DisposeAsync() => listener.DisposeAsync();
    }
}
