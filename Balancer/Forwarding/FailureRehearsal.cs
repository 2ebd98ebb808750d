using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.ObjectPool;
using SessionCluster.Balancer.Configuration;
using SessionCluster.Balancer.Failover;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace SessionCluster.Balancer.Forwarding;

/// <summary>
/// Forwards a few requests to a node that is none, before the balancer begins: it takes them and breaks off, and then
/// refuses. When a real node dies many requests fail so at once, and the first one would have to wait until what then
/// runs is compiled and loaded. See docs/decisions/0025.
/// </summary>
internal sealed partial class FailureRehearsal(
    IHttpForwarder forwarder,
    BalancerOptions options,
    ObjectPool<NodeWatch> watches,
    ILoggerFactory loggers,
    ILogger<FailureRehearsal> logger) : IHostedLifecycleService
{
    private const int RequestsEachWay = 4;

    /// <summary>A rehearsal that takes longer is broken off; the balancer begins all the same.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        // What is sent here belongs to no trace that anybody should see.
        using Activity untraced = new Activity("rehearsal") { ActivityTraceFlags = ActivityTraceFlags.None }.Start();
        try
        {
            await PlayAsync().WaitAsync(Patience, cancellationToken);
        }
        catch (Exception exception)
        {
            // Whatever went wrong, it went wrong in a play: the first failed requests take longer, and that is all.
            Failed(exception);
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Lets requests fail both ways.</summary>
    /// <returns>How each of them failed.</returns>
    public async Task<IReadOnlyList<TryFailure>> PlayAsync()
    {
        using var meters = new UnheardMeters();
        using HttpMessageInvoker client = new ClientFactory(options, watches, loggers, meters)
            .CreateClient(new ForwarderHttpClientContext { NewConfig = HttpClientConfig.Empty });
        var node = new TcpListener(IPAddress.Loopback, 0);
        node.Start();
        string address = $"http://{node.LocalEndpoint}";
        Task breaking = BreakOffAsync(node);
        TryFailure[] lost = await Task.WhenAll(
            Enumerable.Range(0, RequestsEachWay).Select(_ => SendAsync(client, address)));
        node.Stop();
        await breaking;
        TryFailure[] refused = await Task.WhenAll(
            Enumerable.Range(0, RequestsEachWay).Select(_ => SendAsync(client, address)));
        return [.. lost, .. refused];
    }

    private async Task<TryFailure> SendAsync(HttpMessageInvoker client, string address)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = HttpMethods.Post;
        context.Response.Body = Stream.Null;
        var request = new ForwardedRequest(context.Request.Method, body: null);
        await forwarder.SendAsync(context, address, client, ForwarderRequestConfig.Empty, new Marking(request));
        return request.Failure;
    }

    /// <summary>Takes each connection, waits for its request, and breaks off.</summary>
    private static async Task BreakOffAsync(TcpListener node)
    {
        try
        {
            while (true)
            {
                using Socket connection = await node.AcceptSocketAsync();
                await connection.ReceiveAsync(new byte[1]);
                connection.LingerState = new LingerOption(true, 0);
            }
        }
        catch (Exception ended) when (ended is SocketException or InvalidOperationException)
        {
            // It listens no more; the latter where it has just ceased to when it was about to wait.
        }
    }

    [LoggerMessage(502, LogLevel.Warning, "No failing node could be rehearsed: the first failed requests take longer",
        EventName = nameof(Failed))]
    private partial void Failed(Exception exception);

    /// <summary>Lets the message carry its request, as the proxy's own transform does.</summary>
    private sealed class Marking(ForwardedRequest request) : HttpTransformer
    {
        public override async ValueTask TransformRequestAsync(
            HttpContext httpContext,
            HttpRequestMessage proxyRequest,
            string destinationPrefix,
            CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
            proxyRequest.Options.Set(ForwardedRequest.Key, request);
        }
    }

    /// <summary>The nodes' client, whose measures nobody sees.</summary>
    private sealed class ClientFactory(
        BalancerOptions options,
        ObjectPool<NodeWatch> watches,
        ILoggerFactory loggers,
        IMeterFactory meters)
        : NodeClientFactory(options, watches, loggers.CreateLogger<ForwarderHttpClientFactory>())
    {
        protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
        {
            base.ConfigureHandler(context, handler);
            handler.MeterFactory = meters;
        }
    }

    /// <summary>Its meters have a name that nobody listens to, whatever they are called.</summary>
    private sealed class UnheardMeters : IMeterFactory
    {
        private readonly Meter _meter = new("rehearsal");

        public Meter Create(MeterOptions options) => _meter;

        public void Dispose() => _meter.Dispose();
    }
}
