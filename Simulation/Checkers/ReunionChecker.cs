using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Simulation;

/// <summary>
/// Where sides meet: what is called taken is in the copy of who calls it so, a session that was taken over for the sake
/// of what was handed in is merged as soon as it is there, what is lost on one side begins anew with what the other has,
/// and whoever asks to be a member again had all that it has taken.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class ReunionChecker(SimulatedCluster cluster)
{
    private readonly Dictionary<(Member By, Member From, SessionId Session), HandIn> _given = [];
    private readonly bool _isOn = cluster.Options.PartitionPolicy == PartitionPolicy.Available;
    private readonly HashSet<Member> _asked = [];
    private bool _isAway;

    /// <summary>The session that the step brings from another side, where it is lost here and not begun yet.</summary>
    private SessionId? _lost;

    /// <summary>A member is about to take a step.</summary>
    public void Before(SimulatedProcess process, Member from, Message? heard)
    {
        (_isAway, _lost) = (false, null);
        switch (heard)
        {
            case HandIn given when _isOn:
                _given[(process.Member, from, given.Session)] = given;
                _lost = process.Machine.PlacementOf(given.Session) is { IsLost: true }
                    && process.Machine.Inspection.ChangeOf(given.Session) is null ? given.Session : null;
                break;
            case ViewInstall when _isOn:
                _isAway = process.Machine.View.Number > 0 && !process.Machine.View.Contains(process.Member)
                    && process.Machine.Inspection.Copies.Any();
                break;
        }
    }

    /// <summary>
    /// A member asks to be included. Who divides in the very step in which it has asked wishes for it no more: what it has
    /// by then must be taken before it goes over.
    /// </summary>
    /// <returns>Which rule the message breaks, or nothing.</returns>
    public string? Asked(SimulatedProcess by, JoinRequest request)
    {
        bool isWish = _isOn && request.View != ViewNumber.None
            && ViewNumber.AreRelated(request.View, by.Machine.View.Number);
        if (isWish)
        {
            _asked.Add(by.Member);
        }

        return isWish && !by.Machine.Inspection.MayJoin ? "asks to join before all that it has is taken" : null;
    }

    /// <summary>A member says that it begins a session anew, without what its side may have answered.</summary>
    public void BegunAnew(SessionId session) => _lost = _lost == session ? null : _lost;

    /// <summary>A member has taken a step, and has said what it had to say.</summary>
    public void Stepped(SimulatedProcess by)
    {
        if (_lost is { } session && by.Machine.Inspection.ChangeOf(session) is
            { Reason: Replication.Sessions.ChangeReason.Adopt })
        {
            throw new SimulationFailedException($"session {cluster.NameOf(session)}: {by.Member} goes on with what "
                + "another side has of it, and does not say that this side had lost it");
        }
    }

    /// <returns>Which rule the message breaks, or nothing.</returns>
    public string? Answered(SimulatedProcess by, Member to, HandedIn answer)
    {
        if (answer.Verdict != HandInVerdict.Taken
            || !_given.TryGetValue((by.Member, to, answer.Session), out HandIn? given)
            || given.Sequence != answer.Sequence || given.State?.Marks is not { } theirs)
        {
            return null;
        }

        SessionState? state = by.Machine.StateOf(answer.Session);
        bool isWrong = state?.Marks is { } mine
            ? mine.Seen.Lines.Count < SeenChanges.LinesMaximum && !mine.Seen.Contain(theirs.Seen)
            : state is null && IsNews(by, answer.Session, theirs);
        return isWrong ? $"calls {cluster.NameOf(answer.Session)} taken, without all that {to} has seen of it"
            : HolderWithout(by, answer.Session, theirs) is { } lacking
                ? $"calls {cluster.NameOf(answer.Session)} taken, before {lacking} has all that {to} has seen of it"
                : null;
    }

    /// <returns>
    /// A holder in the same view that has not seen all that is taken. Who gives it forgets it then: if it were here
    /// alone, it would die with this member.
    /// </returns>
    private Member? HolderWithout(SimulatedProcess by, SessionId session, ChangeMarks theirs)
    {
        if (by.Machine.StateOf(session) is null || by.Machine.PlacementOf(session) is not { IsAlive: true } placement)
        {
            return null;
        }

        foreach (SimulatedProcess other in cluster.ProcessSpan)
        {
            if (other != by && placement.Contains(other.Member) && by.Machine.View.Contains(other.Member)
                && (other.Machine.StateOf(session)?.Marks is not { } its
                    || (its.Seen.Lines.Count < SeenChanges.LinesMaximum && !its.Seen.Contain(theirs.Seen))))
            {
                return other.Member;
            }
        }

        return null;
    }

    /// <summary>
    /// Whether another side has done something with a session since it is lost here, or has expired: what is removed
    /// alone stays so whatever others did.
    /// </summary>
    private static bool IsNews(SimulatedProcess by, SessionId session, ChangeMarks theirs) =>
        by.Machine.PlacementOf(session) is { IsAlive: false } ended && (ended.IsLost || ended.IsExpired)
        && theirs.Seen.Lines.Any(line => !line.IsUpTo(by.Machine.View.Number));

    /// <summary>A session has come into force on a member that took it over.</summary>
    public void TookOver(SimulatedProcess by, SessionId session)
    {
        if (by.Machine.Inspection.AwaitsSession(session) && by.Machine.Inspection.Serves(session, by.Now))
        {
            throw new SimulationFailedException(
                $"session {cluster.NameOf(session)}: {by.Member} has it, and does not merge what was handed in");
        }
    }

    /// <summary>
    /// A member has gone over to another side. Others may have wished for it, or it for itself before it divided: all
    /// that it has must be taken now, and that is as good as asking.
    /// </summary>
    public void WentOver(SimulatedProcess by)
    {
        if (by.Machine.Inspection.MayJoin)
        {
            _asked.Add(by.Member);
        }
    }

    /// <summary>
    /// A member has entered a view. One that stores nothing, or has just started, has nothing that must be taken before,
    /// and nobody takes anything where there is nobody else.
    /// </summary>
    public void Entered(SimulatedProcess by)
    {
        if (!_asked.Remove(by.Member) && _isAway && by.Role == MemberRole.Node && by.Machine.View.Members.Count > 1)
        {
            throw new SimulationFailedException(
                $"{by.Member} is in {by.Machine.View} again, and has not asked for that since it was without it");
        }
    }
}
