using System.Reflection;

namespace Aspire.Hosting.Testing;

/// <summary>
/// Runs an AppHost's own entry point inside a test's process, and holds it at two places: before it builds, so that
/// the test can add to the model, and when it runs, because the test starts and stops it.
/// </summary>
internal sealed class EntryPoint(Assembly appHost)
{
    private static readonly AsyncLocal<EntryPoint?> Ambient = new();
    private readonly TaskCompletionSource<ApplicationBuilder> _builder = New<ApplicationBuilder>();
    private readonly TaskCompletionSource<bool> _mayBuild = New<bool>();
    private readonly TaskCompletionSource<DistributedApplication> _application = New<DistributedApplication>();
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The entry point that this code runs under, if a test runs it.</summary>
    public static EntryPoint? Current => Ambient.Value;

    public Assembly AppHost { get; } = appHost;

    public Task<ApplicationBuilder> RunAsync(string[] args, CancellationToken cancellation)
    {
        var main = AppHost.EntryPoint ?? throw new DistributedApplicationException(
            $"{AppHost.GetName().Name} has no entry point.");
        var thread = new Thread(() => Invoke(main, args)) { IsBackground = true, Name = "AppHost" };
        thread.Start();
        return _builder.Task.WaitAsync(cancellation);
    }

    public Task<DistributedApplication> BuildAsync(CancellationToken cancellation)
    {
        _mayBuild.TrySetResult(true);
        return _application.Task.WaitAsync(cancellation);
    }

    public void HoldBeforeBuild(ApplicationBuilder builder)
    {
        _builder.TrySetResult(builder);
        if (!_mayBuild.Task.GetAwaiter().GetResult())
        {
            throw new OperationCanceledException("The test has given the AppHost up before it was built.");
        }
    }

    public void Built(DistributedApplication application) => _application.TrySetResult(application);

    public Task WaitForDisposalAsync(CancellationToken cancellation) => _disposed.Task.WaitAsync(cancellation);

    public void Disposed()
    {
        _mayBuild.TrySetResult(false);
        _disposed.TrySetResult();
    }

    private static TaskCompletionSource<T> New<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Invoke(MethodInfo main, string[] args)
    {
        Ambient.Value = this;
        try
        {
            var result = main.Invoke(null, main.GetParameters().Length == 0 ? [] : [args]);
            (result as Task)?.GetAwaiter().GetResult();
            Fail(new DistributedApplicationException(
                "The AppHost's entry point ended before it had built an application."));
        }
        catch (Exception error)    // whatever it was, the test that waits must hear of it
        {
            Fail(error is TargetInvocationException { InnerException: { } inner } ? inner : error);
        }
    }

    private void Fail(Exception error)
    {
        _builder.TrySetException(error);
        _application.TrySetException(error);
    }
}
