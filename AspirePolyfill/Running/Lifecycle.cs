using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;

namespace Aspire.Hosting.Running;

/// <summary>Starts and stops single resources, and follows what the orchestrator says of their processes.</summary>
internal sealed class Lifecycle(
    Executables executables, ResourceNotificationService notifications, ProjectLaunch launch,
    ConsoleLogs logs) : IDisposable
{
    private readonly ConcurrentDictionary<string, Instance> _instances = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The names of all instances.</summary>
    public IEnumerable<string> Ids => _instances.Keys;

    /// <summary>Takes a resource in, before it is started for the first time.</summary>
    /// <returns>The name of its instance.</returns>
    public string Register(IResource resource)
    {
        var instance = new Instance(resource, $"{resource.Name}-{Token.Suffix()}");
        _instances[instance.Id] = instance;
        Publish(instance, now => now with { ResourceType = "Project", State = KnownResourceStates.NotStarted });
        return instance.Id;
    }

    /// <summary>Starts a resource because somebody says so: it waits for no other.</summary>
    public Task StartAsync(string id, CancellationToken cancellation)
    {
        _instances[id].ReleaseWait();
        return BringUpAsync(id, cancellation);
    }

    /// <summary>Starts a resource as soon as those that it waits for are healthy.</summary>
    public async Task BringUpAsync(string id, CancellationToken cancellation)
    {
        var instance = _instances[id];
        await instance.Turn.WaitAsync(cancellation);
        try
        {
            await StartInTurnAsync(instance, cancellation);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            logs.LoggerOf(id).StartFailed(instance.Resource.Name, error.Message);
            Publish(instance, now => now with { State = new(KnownResourceStates.FailedToStart, "error") });
            throw;
        }
        finally
        {
            instance.Turn.Release();
        }
    }

    public async Task StopAsync(string id, CancellationToken cancellation)
    {
        var instance = _instances[id];
        await instance.Turn.WaitAsync(cancellation);
        try
        {
            Publish(instance, now => now.HasEnded ? now : now with { State = KnownResourceStates.Stopping });
            await executables.StopAsync(id, cancellation);
            await notifications.WaitForResourceAsync(id, change => change.Snapshot.HasEnded, cancellation);
        }
        finally
        {
            instance.Turn.Release();
        }
    }

    public async Task RestartAsync(string id, CancellationToken cancellation)
    {
        await StopAsync(id, cancellation);
        await StartAsync(id, cancellation);
    }

    /// <summary>Follows the processes until cancelled; returns earlier only when the orchestrator is gone.</summary>
    public async Task FollowAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await foreach (var item in executables.WatchAsync(cancellation))
                {
                    if (_instances.TryGetValue((string)item["metadata"]!["name"]!, out var instance))
                    {
                        Observe(instance, item);
                    }
                }
            }
        }
        catch (Exception error) when (error is HttpRequestException or IOException
            && !cancellation.IsCancellationRequested)
        {
            // Nobody listens there any more.
        }
    }

    public void Dispose()
    {
        foreach (var instance in _instances.Values)
        {
            instance.Dispose();
        }
    }

    private async Task StartInTurnAsync(Instance instance, CancellationToken cancellation)
    {
        Publish(instance, now => now with
        {
            State = KnownResourceStates.Starting,
            Starts = now.Starts + 1,
            Reports = [.. HealthMonitor.Unasked(instance.Resource)],
            ExitCode = null,
            StartTimeStamp = null,
            StopTimeStamp = null,
            Uid = null,
        });
        if (instance.Uid is not null)
        {
            instance.RetiredUid = instance.Uid;
            await executables.RemoveAsync(instance.Id, cancellation);
        }

        await WaitForOthersAsync(instance, cancellation);
        instance.Uid = await executables.StartAsync(
            instance.Id, launch.Prepare(instance.Resource, instance.Id), cancellation);
    }

    private async Task WaitForOthersAsync(Instance instance, CancellationToken cancellation)
    {
        var others = instance.Resource.All<WaitAnnotation>().Select(wait => wait.Dependency.Name).ToList();
        if (instance.WaitsNoMore || others.Count == 0)
        {
            return;
        }

        Publish(instance, now => now with { State = KnownResourceStates.Waiting });
        logs.LoggerOf(instance.Id).Waiting(string.Join(", ", others));
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellation, instance.WaitReleased);
        try
        {
            await Task.WhenAll(others.Select(other => notifications.WaitForResourceHealthyAsync(other, wait.Token)));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            logs.LoggerOf(instance.Id).WaitingNoMore();
        }

        instance.ReleaseWait();    // only the first start waits
        Publish(instance, now => now with { State = KnownResourceStates.Starting });
    }

    private void Observe(Instance instance, JsonObject item)
    {
        var uid = (string?)item["metadata"]!["uid"];
        var status = item["status"];
        if (uid == instance.RetiredUid || (string?)status?["state"] is not { Length: > 0 } state || state == "Unknown")
        {
            return;
        }

        Publish(instance, now => now with
        {
            State = state switch
            {
                "Terminated" => KnownResourceStates.Exited,
                "FailedToStart" => new ResourceStateSnapshot(KnownResourceStates.FailedToStart, "error"),
                _ => state,
            },
            Uid = uid,
            ExitCode = state is "Finished" or "Terminated" && (int?)status["exitCode"] is { } code and not -1
                ? code
                : null,
            StartTimeStamp = (DateTime?)status["startupTimestamp"],
            StopTimeStamp = (DateTime?)status["finishTimestamp"],
            Facts = ProjectLaunch.Facts(instance.Resource, item),
            Variables = ProjectLaunch.Variables(item),
        });
    }

    private void Publish(Instance instance, Func<CustomResourceSnapshot, CustomResourceSnapshot> change) =>
        notifications.Publish(instance.Resource, instance.Id, change);

    /// <summary>One resource's process, now this one, after a restart the next.</summary>
    private sealed class Instance(IResource resource, string id) : IDisposable
    {
        private readonly CancellationTokenSource _released = new();

        public IResource Resource { get; } = resource;

        public string Id { get; } = id;

        /// <summary>One start or stop at a time.</summary>
        public SemaphoreSlim Turn { get; } = new(1, 1);

        public string? Uid { get; set; }

        /// <summary>The last process; what is still said of it does not count.</summary>
        public volatile string? RetiredUid;

        public bool WaitsNoMore => _released.IsCancellationRequested;

        public CancellationToken WaitReleased => _released.Token;

        public void ReleaseWait() => _released.Cancel();

        public void Dispose()
        {
            _released.Dispose();
            Turn.Dispose();
        }
    }
}
