using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The states that a resource passes through.</summary>
public static class KnownResourceStates
{
    /// <summary>It has not been started.</summary>
    public static readonly string NotStarted = "NotStarted";

    /// <summary>It waits for others.</summary>
    public static readonly string Waiting = "Waiting";

    /// <summary>It is on its way up.</summary>
    public static readonly string Starting = "Starting";

    /// <summary>Its process runs.</summary>
    public static readonly string Running = "Running";

    /// <summary>It could not be started.</summary>
    public static readonly string FailedToStart = "FailedToStart";

    /// <summary>It is on its way down.</summary>
    public static readonly string Stopping = "Stopping";

    /// <summary>It was ended.</summary>
    public static readonly string Exited = "Exited";

    /// <summary>It has ended.</summary>
    public static readonly string Finished = "Finished";

    /// <summary>The states from which nothing comes by itself.</summary>
    public static readonly IReadOnlyList<string> TerminalStates = [Finished, FailedToStart, Exited];
}

/// <summary>A state and how it is drawn.</summary>
/// <param name="Text">The state.</param>
/// <param name="Style">How it is drawn: success, info, warning, error.</param>
public sealed record ResourceStateSnapshot(string Text, string? Style)
{
    /// <summary>A state that is drawn as the dashboard thinks best.</summary>
    /// <param name="s">The state.</param>
    public static implicit operator ResourceStateSnapshot?(string? s) => s is null ? null : new(s, null);
}

/// <summary>A resource as it is at one moment.</summary>
public sealed record CustomResourceSnapshot()
{
    /// <summary>What kind of resource it is.</summary>
    public required string ResourceType { get; init; }

    /// <summary>The state, where it has one.</summary>
    public ResourceStateSnapshot? State { get; init; }

    /// <summary>What its process ended with.</summary>
    public int? ExitCode { get; init; }

    /// <summary>When it was made.</summary>
    public DateTime? CreationTimeStamp { get; init; }

    /// <summary>When its process began.</summary>
    public DateTime? StartTimeStamp { get; init; }

    /// <summary>When its process ended.</summary>
    public DateTime? StopTimeStamp { get; init; }

    /// <summary>Whether it is well; null while it does not run.</summary>
    public HealthStatus? HealthStatus => State?.Text != KnownResourceStates.Running
        ? null
        : Reports.Select(
            report => report.Status ?? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy)
            .Append(Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy).Min();

    internal ImmutableArray<HealthFinding> Reports { get; init; } = [];

    internal ImmutableArray<(string Name, object? Value, bool Sensitive)> Facts { get; init; } = [];

    internal ImmutableArray<(string Name, string Value, bool FromSpec)> Variables { get; init; } = [];

    /// <summary>Which process of the resource's this is about.</summary>
    internal string? Uid { get; init; }

    internal bool HasEnded => State is { } state && KnownResourceStates.TerminalStates.Contains(state.Text);

    /// <summary>
    /// Counts the starts, so that who waits for a healthy resource can tell a new start from the last.
    /// </summary>
    internal int ReadyStarts { get; init; }

    internal int Starts { get; init; }

    /// <summary>Whether what must be done on readiness has been done for this start.</summary>
    internal bool IsReady => HealthStatus is Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy
        && ReadyStarts == Starts;
}

/// <summary>What one health check last said; no status before it was first asked.</summary>
internal sealed record HealthFinding(string Key, HealthStatus? Status, string Description, DateTime? AskedAt);

/// <summary>A change of a resource.</summary>
public class ResourceEvent
{
    /// <summary>Tells of a change.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="resourceId">Its instance.</param>
    /// <param name="snapshot">How it is now.</param>
    public ResourceEvent(IResource resource, string resourceId, CustomResourceSnapshot snapshot)
    {
        Resource = resource;
        ResourceId = resourceId;
        Snapshot = snapshot;
    }

    /// <summary>The resource.</summary>
    public IResource Resource { get; }

    /// <summary>Its instance.</summary>
    public string ResourceId { get; }

    /// <summary>How it is now.</summary>
    public CustomResourceSnapshot Snapshot { get; }
}

/// <summary>A resource has become healthy after a start.</summary>
public class ResourceReadyEvent
{
    /// <summary>Tells that a resource has become healthy.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="services">The AppHost's services.</param>
    public ResourceReadyEvent(IResource resource, IServiceProvider services)
    {
        Resource = resource;
        Services = services;
    }

    /// <summary>The resource.</summary>
    public IResource Resource { get; }

    /// <summary>The AppHost's services.</summary>
    public IServiceProvider Services { get; }
}

/// <summary>What a wait does when the resource ends instead.</summary>
public enum WaitBehavior
{
    /// <summary>It goes on waiting: somebody may start the resource again.</summary>
    WaitOnResourceUnavailable = 0,

    /// <summary>It throws.</summary>
    StopOnResourceUnavailable = 1,
}
