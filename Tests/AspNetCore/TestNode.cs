using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;
using SessionCluster.Replication.AspNetCore.Hosting;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>A whole web application with a real loop and machine, on a test server and a network in memory.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    private TestNode(WebApplication app, RecordingLogs logs) => (App, Logs) = (app, logs);

    public WebApplication App { get; }

    public RecordingLogs Logs { get; }

    public NodeLoop Loop => App.Services.GetRequiredService<NodeLoop>();

    public TestServer Server => App.GetTestServer();

    public static TestNode Create(
        MemoryNetwork network,
        Dictionary<string, string?> configuration,
        Action<WebApplicationBuilder>? configure,
        Action<WebApplication> map,
        bool useMiddleware = true)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();

        // Neither the environment nor a settings file that lies about may change a test.
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(configuration);
        var logs = new RecordingLogs();
        builder.Logging.ClearProviders().AddProvider(logs).SetMinimumLevel(LogLevel.Debug);
        builder.AddSessionReplication();
        builder.Services.AddSingleton(services =>
        {
            ReplicationSettings settings = services.GetRequiredService<ReplicationSettings>();
            return network.Add(settings.Self, settings.Role);
        });
        configure?.Invoke(builder);
        WebApplication app = builder.Build();
        app.UseSession();
        if (useMiddleware)
        {
            app.UseSessionReplication();
        }

        app.MapHealthChecks("/health");
        app.MapSessionReplication();
        map(app);
        return new TestNode(app, logs);
    }

    public async ValueTask DisposeAsync() => await App.DisposeAsync();
}

/// <summary>Keeps what was logged.</summary>
internal sealed class RecordingLogs : ILoggerProvider, ILogger
{
    private readonly Lock _lock = new();
    private readonly List<(EventId Id, LogLevel Level, string Text)> _entries = [];

    public IReadOnlyList<(EventId Id, LogLevel Level, string Text)> Entries
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries];
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        lock (_lock)
        {
            _entries.Add((eventId, logLevel, formatter(state, exception)));
        }
    }

    public void Dispose()
    {
    }
}
