using System.Diagnostics.Metrics;
using SessionCluster.Replication.AspNetCore.Hosting;

namespace SessionCluster.Replication.AspNetCore.Telemetry;

/// <summary>
/// The measures of one node. Tags are few and of few values; no measure ever carries a session's identifier.
/// </summary>
internal sealed class ReplicationMetrics
{
    public const string MeterName = "SessionCluster.Replication";

    private const string OutcomeTag = "session_cluster.outcome";
    private const string RoleTag = "session_cluster.role";
    private const string StateTag = "session_cluster.member.state";

    private readonly Histogram<double> _commitDuration;
    private readonly Histogram<double> _loadDuration;
    private readonly Histogram<double> _protectionDuration;
    private readonly Counter<long> _takeOvers;
    private readonly Counter<long> _promotions;
    private readonly Counter<long> _lost;
    private readonly Counter<long> _expired;
    private readonly Counter<long> _removed;
    private readonly Counter<long> _repairs;
    private readonly Counter<long> _merged;
    private readonly Counter<long> _overwritten;
    private readonly Counter<long> _begunAnew;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _replays;
    private Func<NodeSnapshot> _snapshot = static () => NodeSnapshot.Starting;
    private long _requests;
    private long _overwrittenValues;

    public ReplicationMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create(MeterName);
        _commitDuration = meter.CreateHistogram<double>(
            "session_cluster.commit.duration", "s", "From a request's change until every holder has it.");
        _loadDuration = meter.CreateHistogram<double>(
            "session_cluster.load.duration", "s", "From a request's arrival until its session is on this node.");
        _protectionDuration = meter.CreateHistogram<double>(
            "session_cluster.protection.duration", "s", "From a change of the view until all sessions are protected.");
        _takeOvers = meter.CreateCounter<long>(
            "session_cluster.takeovers", "{session}", "Sessions that came here because a request did.");
        _promotions = meter.CreateCounter<long>(
            "session_cluster.promotions", "{session}", "Backups that became primary because the primary was gone.");
        _lost = meter.CreateCounter<long>(
            "session_cluster.lost", "{session}", "Sessions of which no holder is left; one member counts for all.");
        _expired = meter.CreateCounter<long>(
            "session_cluster.expired", "{session}", "Sessions that were not used any more.");
        _removed = meter.CreateCounter<long>(
            "session_cluster.removed", "{session}", "Sessions that the application ended.");
        _repairs = meter.CreateCounter<long>(
            "session_cluster.repairs", "{repair}", "Copies and locations that differed and were mended.");
        _merged = meter.CreateCounter<long>(
            "session_cluster.merge.sessions",
            "{session}",
            "Copies of sessions that came from the other side of a division.");
        _overwritten = meter.CreateCounter<long>(
            "session_cluster.merge.overwritten",
            "{value}",
            "Values that gave way because both sides had changed the key.");
        _begunAnew = meter.CreateCounter<long>(
            "session_cluster.merge.begun_anew",
            "{session}",
            "Sessions begun without values, as all copies were on the other side.");
        _refusals = meter.CreateCounter<long>(
            "session_cluster.refusals", "{request}", "Requests refused because their session was not at hand.");
        _replays = meter.CreateCounter<long>(
            "session_cluster.replays", "{request}", "Requests sent again that were answered and not executed again.");
        CreateGauges(meter);
    }

    /// <summary>How many requests of clients this node has served.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>How many values gave way in merges that this node led.</summary>
    public long Overwritten => Interlocked.Read(ref _overwrittenValues);

    /// <summary>Says where the gauges read.</summary>
    public void Observe(Func<NodeSnapshot> snapshot) => _snapshot = snapshot;

    public void RequestServed() => Interlocked.Increment(ref _requests);

    public void Loaded(LoadResult result, TimeSpan elapsed) =>
        _loadDuration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>(OutcomeTag, Name(result)));

    public void Committed(CommitResult result, TimeSpan elapsed) =>
        _commitDuration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>(OutcomeTag, Name(result)));

    public void Refused(SessionFailure failure) =>
        _refusals.Add(1, new KeyValuePair<string, object?>(OutcomeTag, Name(failure)));

    public void Replayed() => _replays.Add(1);

    public void TakenOver() => _takeOvers.Add(1);

    public void Promoted() => _promotions.Add(1);

    public void Lost(int count) => _lost.Add(count);

    public void Expired() => _expired.Add(1);

    public void Removed() => _removed.Add(1);

    public void Repaired(int count) => _repairs.Add(count);

    public void Merged(int overwritten)
    {
        _merged.Add(1);
        if (overwritten > 0)
        {
            _overwritten.Add(overwritten);
            Interlocked.Add(ref _overwrittenValues, overwritten);
        }
    }

    public void BegunAnew() => _begunAnew.Add(1);

    public void ProtectionRestored(TimeSpan elapsed) => _protectionDuration.Record(elapsed.TotalSeconds);

    public static string Name(LoadResult result) => result switch
    {
        LoadResult.Found => "found",
        LoadResult.NotFound => "not_found",
        LoadResult.Lost => "lost",
        _ => "unavailable",
    };

    public static string Name(SessionFailure failure) => failure switch
    {
        SessionFailure.Ended => "ended",
        SessionFailure.Lost => "lost",
        SessionFailure.Repeated => "repeated",
        _ => "unavailable",
    };

    public static string Name(CommitResult result) => result switch
    {
        CommitResult.Committed => "committed",
        CommitResult.NotFound => "not_found",
        CommitResult.Lost => "lost",
        CommitResult.Repeated => "repeated",
        _ => "unavailable",
    };

    private void CreateGauges(Meter meter)
    {
        meter.CreateObservableUpDownCounter(
            "session_cluster.sessions", ReadSessions, "{session}", "Sessions on this node.");
        meter.CreateObservableUpDownCounter(
            "session_cluster.sessions.unprotected",
            () => _snapshot().Unprotected,
            "{session}",
            "Sessions of this node with fewer copies than configured.");
        meter.CreateObservableUpDownCounter(
            "session_cluster.members", ReadMembers, "{member}", "Members as this node sees them.");
        meter.CreateObservableUpDownCounter(
            "session_cluster.divided",
            () => _snapshot().IsDivided ? 1 : 0,
            "{member}",
            "1 while others may serve on their own (PartitionPolicy.Available), else 0.");
        meter.CreateObservableUpDownCounter(
            "session_cluster.sessions.bytes", () => _snapshot().Bytes, "By", "The size of all copies on this node.");
        meter.CreateObservableUpDownCounter(
            "session_cluster.locations",
            () => _snapshot().Locations,
            "{session}",
            "Sessions whose location this node knows.");
    }

    private Measurement<long>[] ReadSessions()
    {
        NodeSnapshot snapshot = _snapshot();
        return
        [
            new(snapshot.Primaries, new KeyValuePair<string, object?>(RoleTag, "primary")),
            new(snapshot.Backups, new KeyValuePair<string, object?>(RoleTag, "backup")),
        ];
    }

    private Measurement<long>[] ReadMembers()
    {
        NodeSnapshot snapshot = _snapshot();
        return
        [
            new(snapshot.Members, new KeyValuePair<string, object?>(StateTag, "member")),
            new(snapshot.Absent, new KeyValuePair<string, object?>(StateTag, "absent")),
        ];
    }
}
