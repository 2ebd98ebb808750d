using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>An AppHost that can be run.</summary>
public class DistributedApplication : IHost, IAsyncDisposable
{
    private readonly IHost _host;
    private readonly EntryPoint? _test;
    private int _disposed;

    internal DistributedApplication(IHost host, EntryPoint? test)
    {
        _host = host;
        _test = test;
    }

    /// <summary>The AppHost's own services.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>Tells how the resources are.</summary>
    public ResourceNotificationService ResourceNotifications =>
        Services.GetRequiredService<ResourceNotificationService>();

    /// <summary>Gives the resources commands.</summary>
    public ResourceCommandService ResourceCommands => Services.GetRequiredService<ResourceCommandService>();

    /// <summary>Begins an AppHost.</summary>
    /// <param name="args">The command line.</param>
    /// <returns>What collects its resources.</returns>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args)
    {
        var test = EntryPoint.Current;
        var appHost = test?.AppHost ?? Assembly.GetEntryAssembly() ?? typeof(DistributedApplication).Assembly;
        return new ApplicationBuilder(args, appHost, test);
    }

    /// <summary>Starts everything and waits until it is told to end.</summary>
    public void Run() => RunAsync().GetAwaiter().GetResult();

    /// <summary>Starts everything and waits until it is told to end.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Its end.</returns>
    public virtual async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (_test is not null)
        {
            await _test.WaitForDisposalAsync(cancellationToken);    // the test starts and stops it
            return;
        }

        await using (this)
        {
            await StartOrExplainAsync(cancellationToken);
            await _host.WaitForShutdownAsync(cancellationToken);
        }
    }

    /// <summary>Starts everything.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>When all that need not wait for another has been started.</returns>
    public virtual Task StartAsync(CancellationToken cancellationToken = default) =>
        _host.StartAsync(cancellationToken);

    /// <summary>Stops everything.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>When nothing runs any more.</returns>
    public virtual Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken);

    /// <summary>
    /// A person who runs an AppHost is told what is missing; where it was noticed is of no use to them.
    /// </summary>
    private async Task StartOrExplainAsync(CancellationToken cancellation)
    {
        try
        {
            await StartAsync(cancellation);
        }
        catch (DistributedApplicationException error)
        {
            await DisposeAsync();
            await Console.Error.WriteLineAsync(error.Message);
            Environment.Exit(1);
        }
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
        _test?.Disposed();
        GC.SuppressFinalize(this);
    }
}
