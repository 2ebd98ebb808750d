using SessionCluster.Replication;

namespace SessionCluster.Simulation;

/// <summary>What is remembered of requests that may come again.</summary>
internal sealed partial class AnswerChecker
{
    /// <summary>Outcomes are remembered for somewhat longer, on the quickest clock.</summary>
    private static readonly TimeSpan OutcomesLast = TimeSpan.FromSeconds(25);

    private static readonly TimeSpan Tenth = TimeSpan.FromMilliseconds(100);

    /// <summary>How much later than it was done a commit is answered, at most, where nobody was stopped.</summary>
    private readonly TimeSpan _answeredLate =
        cluster.Options.SuspectAfter + (cluster.Options.CommitTimeout * 1.25);

    private readonly Dictionary<SessionId, Queue<(Guid Key, long Sequence, TimeSpan At)>> _outcomes = [];

    /// <summary>The outcomes that were recorded lately are remembered, and this one is now.</summary>
    private void CheckOutcomes(
        SimulatedProcess by, CommitRequest request, SessionVersion version, SessionState state)
    {
        SessionHistory session = request.Of;
        if (!_outcomes.TryGetValue(session.Id, out var recorded))
        {
            _outcomes.Add(session.Id, recorded = []);
        }

        while (recorded.TryPeek(out var old)
            && (old.At < session.KnownSince || cluster.Queue.Now > old.At + OutcomesLast))
        {
            recorded.Dequeue();
        }

        // One that was stopped may answer late what it had committed before.
        if (recorded.TryPeek(out var oldest) && version.Sequence > oldest.Sequence
            && state.OutcomeOf(oldest.Key) is null)
        {
            FailUnlessForgotten(session, $"{by.Member} has forgotten the outcome of {oldest.Key}, "
                + $"which was recorded {cluster.Queue.Now - oldest.At} ago");
        }

        if (request.RequestKey is { } key)
        {
            CheckThatItHasTheAnswer(by, session, state, request);
            CheckThatItsClockIsTrue(by, session, state, key, recorded);
            recorded.Enqueue((key, version.Sequence, cluster.Queue.Now));
        }
    }

    /// <summary>Whoever asks again gets the answer of the first time; it was kept just now, or is one of the latest.</summary>
    private static void CheckThatItHasTheAnswer(
        SimulatedProcess by, SessionHistory session, SessionState state, CommitRequest request)
    {
        if (request.RequestKey is not { } key || state.OutcomeOf(key) is not { } kept
            || kept.Response.AsSpan().SequenceEqual(request.Response))
        {
            return;
        }

        bool isOld = kept.Response.Length == 0
            && !state.Outcomes.TakeLast(SessionState.AnswersMaximum).Any(outcome => outcome.RequestKey == key);
        if (!isOld)
        {
            Fail(session, $"{by.Member} has not the answer of {key}");
        }
    }

    /// <summary>
    /// The clock by which outcomes are forgotten stands at times, and never goes more than the time has.
    /// </summary>
    private void CheckThatItsClockIsTrue(
        SimulatedProcess by, SessionHistory session, SessionState state, Guid key,
        Queue<(Guid Key, long Sequence, TimeSpan At)> recorded)
    {
        if (cluster.Options.PartitionPolicy == PartitionPolicy.Available
            || !recorded.TryPeek(out (Guid Key, long Sequence, TimeSpan At) earliest)
            || state.OutcomeOf(earliest.Key) is not { } known || state.OutcomeOf(key) is not { } latest)
        {
            return;
        }

        (TimeSpan dated, TimeSpan passed) = ((latest.At - known.At) * Tenth, cluster.Queue.Now - earliest.At);
        if (dated > (passed * 1.2) + _answeredLate)
        {
            FailUnlessForgotten(
                session, $"{by.Member} dates {key} {dated} after {earliest.Key}, and {passed} have passed");
        }
    }
}
