using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SessionCluster.Replication.AspNetCore;
using SessionCluster.Tests.AspNetCore;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>A node whose sessions are in a shared store, on a free port of its own.</summary>
internal sealed class SharedNode : IAsyncDisposable
{
    /// <summary>
    /// Longer than a request waits for its turn or for a processor that other tests hold, where how long it waits is
    /// not what is tested.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly WebApplication _app;

    private SharedNode(WebApplication app) => _app = app;

    /// <summary>Starts a node.</summary>
    /// <param name="store">Where its sessions are.</param>
    /// <param name="commitTimeout">How long a request waits for the store; long where nothing is said.</param>
    /// <param name="map">Endpoints beside those that all tests use.</param>
    public static Task<SharedNode> StartAsync(
        StoreUnderTest store, TimeSpan? commitTimeout = null, Action<WebApplication>? map = null) =>
        StartAsync(store.ConnectionString, new RecordingLogs(), commitTimeout ?? Patience, map);

    /// <summary>Starts a node.</summary>
    /// <param name="connectionString">Where its sessions are.</param>
    /// <param name="logs">Where it says what it has to say.</param>
    /// <param name="commitTimeout">How long a request waits for the store; the default of the options.</param>
    /// <param name="map">Endpoints beside those that all tests use.</param>
    /// <param name="usesReplication">Whether the application has the middleware that it should have.</param>
    public static async Task<SharedNode> StartAsync(
        string connectionString,
        RecordingLogs logs,
        TimeSpan? commitTimeout = null,
        Action<WebApplication>? map = null,
        bool usesReplication = true)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(logs);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddSessionReplication(options =>
        {
            options.Node = "node1";
            options.Secret = TestCluster.Secret;
            options.Mode = ReplicationMode.Shared;
            options.CommitTimeout = commitTimeout ?? options.CommitTimeout;
            options.Store = connectionString;
        });
        WebApplication app = builder.Build();
        app.UseSession();
        if (usesReplication)
        {
            app.UseSessionReplication();
        }

        app.MapHealthChecks("/health");
        app.MapSessionReplication();
        SessionApp.Map(app);
        map?.Invoke(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new SharedNode(app);
    }

    public Uri AddressOf(string path) => new(_app.Urls.First() + path);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
