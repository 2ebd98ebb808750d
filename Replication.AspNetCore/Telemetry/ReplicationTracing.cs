using System.Diagnostics;
using SessionCluster.Replication.AspNetCore.Hosting;

namespace SessionCluster.Replication.AspNetCore.Telemetry;

/// <summary>
/// The spans of the replication on the trace of the request. They never carry a session's identifier.
/// </summary>
internal static class ReplicationTracing
{
    public const string SourceName = "SessionCluster.Replication";
    public const string LoadSpan = "session load";
    public const string CommitSpan = "session commit";

    private const string OutcomeTag = "session_cluster.outcome";
    private const string PrimaryTag = "session_cluster.primary";
    private const string BackupTag = "session_cluster.backup";

    public static ActivitySource Source { get; } = new(SourceName);

    public static void Tell(Activity? activity, LoadCompleted answer)
    {
        if (activity is not null)
        {
            activity.SetTag(OutcomeTag, ReplicationMetrics.Name(answer.Result));
            Tell(activity, answer.Placement);
            Judge(activity, answer.Result is LoadResult.Found or LoadResult.NotFound);
        }
    }

    public static void Tell(Activity? activity, CommitAnswer answer)
    {
        if (activity is not null)
        {
            activity.SetTag(OutcomeTag, ReplicationMetrics.Name(answer.Result));
            Tell(activity, answer.Placement);
            Judge(activity, answer.Result == CommitResult.Committed);
        }
    }

    private static void Tell(Activity activity, Placement? placement)
    {
        if (placement is { IsAlive: true })
        {
            activity.SetTag(PrimaryTag, placement.Primary.Node.Name);
            activity.SetTag(BackupTag, placement.Holders.Count > 1 ? placement.Holders[1].Node.Name : "");
        }
    }

    private static void Judge(Activity activity, bool succeeded)
    {
        if (!succeeded)
        {
            activity.SetStatus(ActivityStatusCode.Error);
        }
    }
}
