using System.Diagnostics;
using System.Runtime.CompilerServices;
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
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<LoadCompleted> LoadAsync(SessionId session, bool isExclusive = false)
    {
        using Activity? activity = ReplicationTracing.Source.StartActivity(ReplicationTracing.LoadSpan);
        long start = Stopwatch.GetTimestamp();
        long number = loop.NextRequest();
        Answer given =
            await loop.RequestAsync(new LoadSession(number, session) { IsExclusive = isExclusive }, number)
                .ConfigureAwait(false);
        LoadCompleted answer = given.Loaded
            ?? new LoadCompleted(number, LoadResult.Unavailable, SessionState.Empty, default, null);
        metrics.Loaded(answer.Result, Stopwatch.GetElapsedTime(start));
        ReplicationTracing.Tell(activity, answer);
        return answer;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<CommitAnswer> CommitAsync(
        SessionId session, SessionDelta delta, bool creates, Instant? readAt, long? exclusiveLoad)
    {
        using Activity? activity = ReplicationTracing.Source.StartActivity(ReplicationTracing.CommitSpan);
        long start = Stopwatch.GetTimestamp();
        long number = loop.NextRequest();
        var input = new CommitSession(number, session, delta, creates)
        {
            ReadAt = readAt, ExclusiveLoad = exclusiveLoad,
        };
        CommitAnswer answer = Committed(await loop.RequestAsync(input, number).ConfigureAwait(false));
        metrics.Committed(answer.Result, Stopwatch.GetElapsedTime(start));
        ReplicationTracing.Tell(activity, answer);
        return answer;
    }

    public async ValueTask<CommitAnswer> RemoveAsync(SessionId session, long? exclusiveLoad)
    {
        long number = loop.NextRequest();
        var input = new RemoveSession(number, session) { ExclusiveLoad = exclusiveLoad };
        return Committed(await loop.RequestAsync(input, number).ConfigureAwait(false));
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

    private static CommitAnswer Committed(Answer answer) => answer.Committed ?? CommitAnswer.Unavailable;
}
