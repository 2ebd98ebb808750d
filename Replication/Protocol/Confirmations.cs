using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// Asks whether a quorum has recorded what this node has: that a session has ended, or that others hold it. Only then
/// is a copy of no use that was left here.
/// </summary>
internal sealed class Confirmations(NodeContext context, LocationQuestions questions)
{
    private readonly Dictionary<SessionId, EndSearch> _ends = [];

    /// <summary>Called when it is known that a quorum has recorded a session's end.</summary>
    public required Action<SessionId> EndConfirmed { get; init; }

    /// <summary>
    /// Called when it is known that a quorum has recorded a configuration, of that counter or later, without this node.
    /// </summary>
    public required Action<SessionId, long> PassedOn { get; init; }

    /// <summary>
    /// Asks whether a quorum has recorded the end of a session as this node has, or knows nothing of it any more. An
    /// end that is news to others may come to nothing; whoever recorded it may be cut off, and this node with it.
    /// </summary>
    public void ConfirmEnd(SessionId session, long counter) =>
        Confirm(session, new EndSearch(questions.NextNumber(), counter, isEnd: true));

    /// <summary>
    /// The same for somebody who waits for the session, and has not to wait until time decides; the answers to a question
    /// that is under way serve all of them.
    /// </summary>
    public void ConfirmEndIfUnasked(SessionId session, long counter)
    {
        if (!_ends.ContainsKey(session))
        {
            ConfirmEnd(session, counter);
        }
    }

    /// <summary>Asks whether a quorum has recorded that a session is held by others, as this node has.</summary>
    public void ConfirmPassing(SessionId session, long counter) =>
        Confirm(session, new EndSearch(questions.NextNumber(), counter, isEnd: false));

    /// <summary>Takes what a member of the view has recorded, where that is an answer to one of these questions.</summary>
    /// <returns>Whether it is.</returns>
    public bool TryReceive(Member from, Located answer)
    {
        if (!_ends.TryGetValue(answer.Session, out EndSearch? end) || end.Number != answer.Request)
        {
            return false;
        }

        if (end.IsEnd ? IsPast(answer.Configuration, end) : IsPassedOn(answer.Configuration, end))
        {
            end.Agreeing.Add(from);
            DecideIfEnded(answer.Session, end);
        }

        return true;
    }

    public void ViewChanged() => _ends.Clear();

    private void Confirm(SessionId session, EndSearch search)
    {
        search.Agreeing.Add(context.Self);
        _ends[session] = search;
        questions.Ask(session, search.Number, search.Agreeing);
        DecideIfEnded(session, search);
    }

    /// <summary>
    /// Whether a session has ended for a member as it has here, or is not known to it at all. It may have forgotten the
    /// end, or may have come since; but what was recorded before the end, if that is not agreed, it would know.
    /// </summary>
    private static bool IsPast(Configuration known, EndSearch end) =>
        known.Counter == 0 || (known.Counter >= end.Counter && !known.Placement.IsAlive);

    private bool IsPassedOn(Configuration known, EndSearch search) =>
        known.Counter >= search.Counter && known.Placement.IsAlive && !known.Placement.Contains(context.Self);

    private void DecideIfEnded(SessionId session, EndSearch search)
    {
        if (!Quorum.HasDecided(context.Views.Current, search.Agreeing.Contains, context.Peers, context.Now))
        {
            return;
        }

        _ends.Remove(session);
        if (search.IsEnd)
        {
            EndConfirmed(session);
        }
        else
        {
            PassedOn(session, search.Counter);
        }
    }

    private sealed class EndSearch(long number, long counter, bool isEnd)
    {
        public long Number { get; } = number;

        /// <summary>The counter under which this node has recorded the end, or the others' configuration.</summary>
        public long Counter { get; } = counter;

        /// <summary>Whether it is asked for the session's end; else for the end of this node's part in it.</summary>
        public bool IsEnd { get; } = isEnd;

        public HashSet<Member> Agreeing { get; } = [];
    }
}
