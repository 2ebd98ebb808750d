using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Knows how each resource is, and tells who wants to know.</summary>
public class ResourceNotificationService : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ResourceEvent> _current = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Channel<ResourceEvent>> _watchers = [];

    internal ResourceNotificationService()
    {
    }

    /// <summary>Looks up how a resource is now.</summary>
    /// <param name="resourceId">Its instance, or its name.</param>
    /// <param name="resourceEvent">How it is.</param>
    /// <returns>Whether anything is known of it.</returns>
    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        lock (_gate)
        {
            resourceEvent = _current.GetValueOrDefault(resourceId)
                ?? _current.Values.FirstOrDefault(known => IsOf(known, resourceId));
            return resourceEvent is not null;
        }
    }

    /// <summary>Tells how all resources are, then every change.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The changes.</returns>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateUnbounded<ResourceEvent>(new() { SingleReader = true });
        lock (_gate)
        {
            _watchers.Add(channel);
            foreach (var known in _current.Values)
            {
                channel.Writer.TryWrite(known);
            }
        }

        try
        {
            await foreach (var change in channel.Reader.ReadAllAsync(cancellationToken))
            {
                yield return change;
            }
        }
        finally
        {
            lock (_gate)
            {
                _watchers.Remove(channel);
            }
        }
    }

    /// <summary>Waits for a state.</summary>
    /// <param name="resourceName">The resource.</param>
    /// <param name="targetState">The state; Running where none is given.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>When the state is reached.</returns>
    public Task WaitForResourceAsync(
        string resourceName, string? targetState = null, CancellationToken cancellationToken = default)
    {
        targetState ??= KnownResourceStates.Running;
        return WaitForResourceAsync(
            resourceName, change => change.Snapshot.State?.Text == targetState, cancellationToken);
    }

    /// <summary>Waits for a condition.</summary>
    /// <param name="resourceName">The resource.</param>
    /// <param name="predicate">The condition.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How the resource was when the condition held.</returns>
    public async Task<ResourceEvent> WaitForResourceAsync(
        string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        await foreach (var change in WatchAsync(cancellationToken))
        {
            if (IsOf(change, resourceName) && predicate(change))
            {
                return change;
            }
        }

        throw new OperationCanceledException($"The AppHost ended while `{resourceName}` was waited for.");
    }

    /// <summary>Waits for health, and for what is done on readiness; throws where the resource ends instead.</summary>
    /// <param name="resourceName">The resource.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How the resource was then.</returns>
    public Task<ResourceEvent> WaitForResourceHealthyAsync(
        string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceHealthyAsync(resourceName, DefaultWaitBehavior, cancellationToken);

    /// <summary>Waits for health, and for what is done on readiness.</summary>
    /// <param name="resourceName">The resource.</param>
    /// <param name="waitBehavior">What to do where the resource ends instead.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How the resource was then.</returns>
    public async Task<ResourceEvent> WaitForResourceHealthyAsync(
        string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        var mayEnd = waitBehavior == WaitBehavior.WaitOnResourceUnavailable;
        var change = await WaitForResourceAsync(
            resourceName, seen => seen.Snapshot.IsReady || (!mayEnd && seen.Snapshot.HasEnded), cancellationToken);
        return change.Snapshot.IsReady
            ? change
            : throw new DistributedApplicationException(
                $"`{resourceName}` did not become healthy: it is {change.Snapshot.State?.Text}.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _watchers.ForEach(watcher => watcher.Writer.TryComplete());
        }

        GC.SuppressFinalize(this);
    }

    internal WaitBehavior DefaultWaitBehavior { get; init; }

    internal void Publish(IResource resource, string id, Func<CustomResourceSnapshot, CustomResourceSnapshot> change)
    {
        lock (_gate)
        {
            var before = _current.GetValueOrDefault(id)?.Snapshot
                ?? new CustomResourceSnapshot { ResourceType = "Unknown", CreationTimeStamp = DateTime.UtcNow };
            var after = new ResourceEvent(resource, id, change(before));
            _current[id] = after;
            _watchers.ForEach(watcher => watcher.Writer.TryWrite(after));
        }
    }

    private static bool IsOf(ResourceEvent change, string nameOrId) =>
        change.Resource.Name.Equals(nameOrId, StringComparison.OrdinalIgnoreCase)
        || change.ResourceId.Equals(nameOrId, StringComparison.OrdinalIgnoreCase);
}
