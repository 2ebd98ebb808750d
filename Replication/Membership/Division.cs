using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Membership;

/// <summary>
/// With <see cref="PartitionPolicy.Available"/>: when a group that hears no quorum goes on by itself, and what it has
/// to remember as long as others may do the same. While a quorum is within reach nothing of this ever happens.
/// </summary>
internal sealed class Division(NodeContext context)
{
    private Instant? _cutOffSince;
    private Instant? _aloneSince;

    /// <summary>
    /// How long no quorum must have been heard, after the silence that makes a member suspect, which is as long.
    /// </summary>
    private TimeSpan Patience => context.Settings.SuspectAfter;

    /// <summary>Whether members are absent, or are known to live in another lineage.</summary>
    public bool IsKnown => context.Settings.ServesDivided
        && (context.Views.Current.Absent.Count > 0 || context.Peers.All.Any(static peer => peer.IsElsewhere));

    /// <summary>Whether this member's group may divide: it has heard no quorum for long enough.</summary>
    public bool IsDue => _cutOffSince is { } since && context.Now - since >= Patience;

    /// <summary>
    /// A beginning here and now: after all views before the present one, and, where this member's group has divided,
    /// after all before that.
    /// </summary>
    public IEnumerable<Beginning> BeginHere()
    {
        long view = context.Views.Current.Number;
        yield return new Beginning(view, view - 1);
        if (context.Views.DividedFrom is { } whole)
        {
            yield return new Beginning(view, whole);
        }
    }

    /// <summary>Looks around.</summary>
    public void Tick()
    {
        if (!context.Settings.ServesDivided)
        {
            return;
        }

        _cutOffSince = IsCutOff() ? _cutOffSince ?? context.Now : null;
        _aloneSince = IsAlone() ? _aloneSince ?? context.Now : null;
    }

    /// <summary>
    /// The view of this process alone, where it serves in none and has found no cluster to join for long enough. Time in
    /// which it was not scheduled is none in which it looked for one.
    /// </summary>
    public View? Solitude()
    {
        TimeSpan patience = context.Views.Current.Number == 0 ? context.Times.FoundingPatience : Patience * 2;
        if (_aloneSince is not { } since || context.Now - Instant.Max(since, context.Peers.AwakeSince) < patience)
        {
            return null;
        }

        var self = new ViewMember(context.Self, context.Settings.Role);
        return Divide([self], [.. context.Views.Current.Members.Select(static member => member.Member)]);
    }

    /// <summary>The members of the view that are not in this member's group.</summary>
    public IReadOnlyList<Member> Others() =>
        [.. context.Views.Current.Members.Select(static member => member.Member).Where(member => !IsHeard(member))];

    /// <summary>The number that this member's group would go on with.</summary>
    public long NumberWithout(IReadOnlyList<Member> others) => NumberFor(context.Self, MembersWithout(others));

    /// <summary>The view that this member's group goes on with.</summary>
    public View ViewWithout(IReadOnlyList<Member> others) => Divide(MembersWithout(others), others);

    /// <summary>
    /// Whether this member agrees to go on in a group. Somebody who is heard here and not there is a reason to wait for
    /// a larger group, but not for ever.
    /// </summary>
    public bool MayAgree(Member from, ViewPrepare prepare) =>
        context.Settings.ServesDivided
        && ViewNumber.AreAlike(prepare.Number, NumberFor(from, MembersWithout(prepare.Silent)))
        && !prepare.Silent.Contains(context.Self)
        && IsCutOff()
        && (!prepare.Silent.Any(IsHeard)
            || (_cutOffSince is { } since && context.Now - since > context.Times.FoundingPatience));

    /// <summary>Whether a view is the one that a promise to go on in a group was given for.</summary>
    public bool IsAgreed(Member from, ViewAccept accept) =>
        context.Settings.ServesDivided
        && accept.Ballot == context.Views.Promised
        && accept.View.Contains(context.Self)
        && ViewNumber.AreAlike(accept.View.Number, NumberFor(from, accept.View.Members));

    private View Divide(IReadOnlyList<ViewMember> members, IReadOnlyList<Member> others)
    {
        var absent = new List<Member>(context.Views.Current.Absent);
        absent.AddRange(others);
        absent.RemoveAll(member => context.Peers.IsGone(member)
            || members.Any(kept => kept.Member.Node == member.Node));
        absent.Sort();
        return new View(NumberFor(context.Self, members), members, absent);
    }

    private List<ViewMember> MembersWithout(IReadOnlyList<Member> others) =>
        [.. context.Views.Current.Members.Where(member => !others.Contains(member.Member))];

    private long NumberFor(Member founder, IReadOnlyList<ViewMember> members)
    {
        int place = context.Settings.Universe.Count(peer => peer.Node < founder.Node);
        int nodes = members.Count(static member => member.Role == MemberRole.Node);
        return ViewNumber.Divide(context.Views.Current.Number, founder, place, nodes, context.Views.Divisions);
    }

    private bool IsCutOff() =>
        context.Views.IsServing
        && !Quorum.IsHeard(context.Views.Current, IsHeard, context.Peers, context.Now);

    private bool IsAlone() =>
        !context.Views.IsServing
        && context.Status != MemberStatus.Leaving
        && !context.Peers.All.Any(peer =>
            IsFellow(peer) && peer is { View: > 0, Status: MemberStatus.Up, Role: MemberRole.Node })
        && (context.Views.Current.Number > 0
            || !Quorum.IsReached(context.Views.Current, HearsFellow, context.Peers));

    private bool IsFellow(Peer peer) =>
        peer is { Link: not null, HasReported: true } && !context.Peers.IsSilent(peer.Node, context.Now);

    private bool HearsFellow(Member member) =>
        member.Node == context.Self.Node || (context.Peers.Find(member.Node) is { } peer && IsFellow(peer));

    private bool IsHeard(Member member) =>
        member == context.Self
        || (context.Peers.IsLinked(member)
            && !context.Peers.IsGone(member)
            && !context.Peers.IsUnheard(member.Node, context.Now));
}
