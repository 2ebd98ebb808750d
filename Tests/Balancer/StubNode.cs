using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.ServiceDefaults;

namespace SessionCluster.Tests.Balancer;

/// <summary>A node as the balancer sees one: a Kestrel on loopback that answers what the test tells it to.</summary>
internal sealed class StubNode : IAsyncDisposable
{
    private WebApplication? _app;

    private StubNode(string name)
    {
        Name = name;
        Answer = context => context.Response.WriteAsync(name);
    }

    public string Name { get; }

    /// <summary>Where it listens, or listened: the port stays through <see cref="StartAgainAsync"/>.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Where it speaks HTTP/2; null where it does not.</summary>
    public string? Http2Address { get; private set; }

    /// <summary>Whether <c>/health</c> says yes.</summary>
    public bool IsReady { get; set; } = true;

    /// <summary>What <c>/_node</c> answers, beside the name.</summary>
    public object? Report { get; set; }

    /// <summary>What <c>/_node</c> waits for before it answers.</summary>
    public Func<CancellationToken, Task> BeforeReport { get; set; } = static _ => Task.CompletedTask;

    /// <summary>What <c>/_node/sessions</c> lists.</summary>
    public object[] Sessions { get; set; } = [];

    /// <summary>Every request that was not the balancer's own.</summary>
    public ConcurrentQueue<RecordedRequest> Requests { get; } = new();

    /// <summary>What answers those requests. The name of the node, unless a test says otherwise.</summary>
    public RequestDelegate Answer { get; set; }

    public static async Task<StubNode> StartAsync(string name)
    {
        var node = new StubNode(name);
        await node.ListenAsync("http://127.0.0.1:0");
        return node;
    }

    /// <summary>One that speaks HTTP/2, too, at an address of its own.</summary>
    public static async Task<StubNode> StartWithHttp2Async(string name)
    {
        var node = new StubNode(name);
        node.Http2Address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePorts.Next()}");
        await node.ListenAsync("http://127.0.0.1:0");
        return node;
    }

    /// <summary>Ends it. Its port refuses connections from now on.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _app, null) is { } app)
        {
            using var atOnce = new CancellationTokenSource();
            await atOnce.CancelAsync();
            await app.StopAsync(atOnce.Token);
            await app.DisposeAsync();
        }
    }

    /// <summary>The same node, at the same address.</summary>
    public Task StartAgainAsync() => ListenAsync(Address);

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task ListenAsync(string address)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(["--urls", address]);
        builder.Logging.ClearProviders();
        if (Http2Address is not null)
        {
            builder.Configuration[Http2Endpoint.PortKey] =
                new Uri(Http2Address).Port.ToString(CultureInfo.InvariantCulture);
            builder.AddHttp2Endpoint();
        }

        WebApplication app = builder.Build();
        app.UseWebSockets();
        app.MapGet("/health", () => IsReady ? Results.Ok() : Results.StatusCode(503));
        app.MapGet("/alive", () => Results.Ok());
        app.MapGet("/_node", async (CancellationToken aborted) =>
        {
            await BeforeReport(aborted);
            return Results.Json(Report ?? new
            {
                name = Name, processId = 4711, mode = "backup", status = "Up", ready = IsReady, view = new[] { Name },
                requests = Requests.Count, sessions = new { primary = Sessions.Length, backup = 0 },
            });
        });
        app.MapGet("/_node/sessions", () => Results.Json(new { node = Name, sessions = Sessions }));
        app.MapFallback(async context =>
        {
            Requests.Enqueue(RecordedRequest.Of(context));
            await Answer(context);
        });
        await app.StartAsync();
        Address = app.Urls.Single(url => url != Http2Address);
        _app = app;
    }
}

/// <summary>A request that reached a node.</summary>
internal sealed record RecordedRequest(string Method, string Path, string Protocol, IHeaderDictionary Headers)
{
    public string? Key => Headers["Session-Cluster-Request-Key"];

    public static RecordedRequest Of(HttpContext context) => new(
        context.Request.Method,
        context.Request.Path + context.Request.QueryString,
        context.Request.Protocol,
        new HeaderDictionary(context.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase)));
}
