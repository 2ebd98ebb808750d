using System.Diagnostics;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Replication.AspNetCore.Hosting;

/// <summary>
/// The machine as a request sees it: each operation is answered within the commit time-out, and what cannot be
/// answered, for example because the loop is too far behind, is unavailable.
/// </summary>
internal sealed class SessionClient(NodeLoop loop, ReplicationMetrics metrics)
{
    /// <summary>The time on the machine's clock.</summary>
    public Instant Now => loop.Now;

    /// <summary>Reads the session; where wanted, for nobody else until <see cref="ReleaseAsync"/>.</summary>
    public async ValueTask<LoadCompleted> LoadAsync(SessionId session, bool isExclusive = false)
    {
        using Activity? activity = ReplicationTracing.Source.StartActivity(ReplicationTracing.LoadSpan);
        long start = Stopwatch.GetTimestamp();
        long number = loop.NextRequest();
        Completion? completion =
            await loop.RequestAsync(new LoadSession(number, session) { IsExclusive = isExclusive }, number)
                .ConfigureAwait(false);
        LoadCompleted answer = completion as LoadCompleted
            ?? new LoadCompleted(number, LoadResult.Unavailable, SessionState.Empty, default, null);
        metrics.Loaded(answer.Result, Stopwatch.GetElapsedTime(start));
        ReplicationTracing.Tell(activity, answer);
        return answer;
    }

    public async ValueTask<CommitCompleted> CommitAsync(
        SessionId session, SessionDelta delta, bool creates, Instant? readAt, long? exclusiveLoad)
    {
        using Activity? activity = ReplicationTracing.Source.StartActivity(ReplicationTracing.CommitSpan);
        long start = Stopwatch.GetTimestamp();
        long number = loop.NextRequest();
        var input = new CommitSession(number, session, delta, creates)
        {
            ReadAt = readAt, ExclusiveLoad = exclusiveLoad,
        };
        CommitCompleted answer = Committed(await loop.RequestAsync(input, number).ConfigureAwait(false), number);
        metrics.Committed(answer.Result, Stopwatch.GetElapsedTime(start));
        ReplicationTracing.Tell(activity, answer);
        return answer;
    }

    public async ValueTask<CommitCompleted> RemoveAsync(SessionId session, long? exclusiveLoad)
    {
        long number = loop.NextRequest();
        var input = new RemoveSession(number, session) { ExclusiveLoad = exclusiveLoad };
        return Committed(await loop.RequestAsync(input, number).ConfigureAwait(false), number);
    }

    /// <summary>
    /// Lets others have the session that an exclusive load holds. It is never skipped, however full the queue.
    /// </summary>
    public ValueTask ReleaseAsync(SessionId session, long exclusiveLoad) =>
        loop.PostAsync(new ReleaseSession(exclusiveLoad, session), CancellationToken.None);

    /// <summary>
    /// Keeps the session alive. Where the loop is too far behind it is skipped: the next request touches again.
    /// </summary>
    public void Touch(SessionId session) => loop.TryPost(new TouchSession(session));

    private static CommitCompleted Committed(Completion? completion, long number) =>
        completion as CommitCompleted ?? new CommitCompleted(number, CommitResult.Unavailable, default, null);
}
