namespace SessionCluster.Replication.Membership;

/// <summary>Who wishes to be let into the view, and who of them may be.</summary>
internal sealed class Admissions(NodeContext context)
{
    private readonly SortedDictionary<NodeId, Wish> _joiners = [];

    /// <summary>In which view each node's process was a member last, as far as this one knows.</summary>
    private readonly Dictionary<NodeId, (Member Process, long View)> _memberIn = [];

    private Instant _postponedUntil = Instant.Zero;

    /// <summary>Whether somebody is to be let in, and those who must promise it are likely to.</summary>
    public bool IsDue => _joiners.Count > 0 && context.Now >= _postponedUntil
        && (HaveAllPromised(IsLikelyToPromise) ? Wishes() : LongWishes()).Count > 0;

    private TimeSpan AdmissionPatience => context.Times.SuspectAfter * 2;

    /// <summary>A process that knows all locations asks to be a member.</summary>
    public void Receive(Member from, JoinRequest request)
    {
        // What a former process had asked for may come late; its successor holds what it has, and may have a lease.
        if (context.Views.Current.Find(from.Node) is not { } member || member.Member.Incarnation < from.Incarnation)
        {
            Instant since = _joiners.TryGetValue(from.Node, out Wish earlier) && earlier.Member.Member == from
                ? earlier.Since : context.Now;
            _joiners[from.Node] = new Wish(new ViewMember(from, request.Role), request.View, since);
        }
    }

    public void ViewChanged()
    {
        foreach (ViewMember member in context.Views.Current.Span)
        {
            _memberIn[member.Member.Node] = (member.Member, context.Views.Current.Number);
            if (_joiners.TryGetValue(member.Member.Node, out Wish wish) && wish.Member.Member <= member.Member)
            {
                _joiners.Remove(member.Member.Node);
            }
        }
    }

    /// <summary>Who is to be let in; each is judged together with those before it.</summary>
    public List<ViewMember> Wishes() => WishesSince(context.Now);

    /// <summary>
    /// Who of them has waited for so long that it may be let in without the promise of a member that is heard. Who has
    /// asked later waits as long itself.
    /// </summary>
    public List<ViewMember> LongWishes() => WishesSince(context.Now - AdmissionPatience);

    private List<ViewMember> WishesSince(Instant latest)
    {
        List<ViewMember> granted = [];
        View current = context.Views.Current;
        View view = current;
        foreach (Wish wish in _joiners.Values.Where(wish => wish.Since <= latest && IsStillWanted(wish)))
        {
            Member member = wish.Member.Member;
            var next = new View(current.Number + 1, With(view.Members, wish.Member), current.Absent);
            if (context.Peers.IsLinked(member)
                && !context.Peers.IsGone(member)
                && !current.Contains(member)
                && !context.Peers.IsUnheard(member.Node, context.Now)
                && (!current.IsAbsent(member) || MayStay(member, next)))
            {
                granted.Add(wish.Member);
                view = next;
            }
        }

        return granted;
    }

    /// <summary>
    /// Whether a process that was excluded for its silence is heard by a quorum of the view that it would enter, itself
    /// included: such a quorum keeps another from excluding it again. One that fewer hear would come and go, a view
    /// each time, for as long as that is so.
    /// </summary>
    private bool MayStay(Member member, View view) =>
        context.Peers.IsHeardByQuorum(view, member, context.Now) && !context.Isolation.IsToBeLeft(member, view);

    /// <summary>These, with one more in the place of its node's former process.</summary>
    public static List<ViewMember> With(IEnumerable<ViewMember> members, ViewMember wish) =>
    [
        .. members.Where(member => member.Member.Node != wish.Member.Node).Append(wish)
            .OrderBy(static member => member.Member),
    ];

    /// <summary>
    /// Whether the process has not been a member since. One that has been, and was excluded, may have what the others
    /// lack: where sides serve on their own it hands that in before it wishes again. What it wished of another side it
    /// has not wished here, and what comes late it may have wished before it heard that it was a member.
    /// </summary>
    private bool IsStillWanted(Wish wish) => !context.Settings.ServesDivided
        || (ViewNumber.AreRelated(wish.View, context.Views.Current.Number)
            && context.Views.Current.Number <= wish.View + 1
            && !(_memberIn.TryGetValue(wish.Member.Member.Node, out (Member Process, long View) last)
                && last.Process == wish.Member.Member
                && ViewNumber.AreRelated(last.View, wish.View) && last.View >= wish.View));

    /// <summary>Whether all members that are heard have promised, so that whoever wishes may be let in.</summary>
    /// <param name="promised">Who has promised, or is likely to.</param>
    /// <remarks>
    /// Whoever knew nothing of newcomers, and was in touch with the others until these died, would go on beside them.
    /// But over a way that is slower than an attempt may last no promise comes in time, and nobody waits for ever.
    /// </remarks>
    public bool HaveAllPromised(Func<Member, bool> promised)
    {
        foreach (ref readonly ViewMember member in context.Views.Current.Span)
        {
            if (member.Member != context.Self && !promised(member.Member)
                && !context.Peers.IsGone(member.Member) && !context.Peers.IsAway(member.Member, context.Now))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Newcomers were left out, as a member had not promised yet: until they are let in without it, or until it is heard
    /// no more, an attempt would only keep everybody from recording anything.
    /// </summary>
    public void Postpone() => _postponedUntil = context.Now + (context.Settings.SuspectAfter / 2);

    private bool IsLikelyToPromise(Member member) => context.Peers.Find(member.Node) is { HasReported: true } peer
        && peer.Link == member && peer.View == context.Views.Current.Number
        && context.Now - peer.LastHeard <= context.Settings.LeaseDuration / 2;

    /// <param name="Member">Who wishes to be a member.</param>
    /// <param name="View">The view whose map it has copied.</param>
    /// <param name="Since">When it asked first.</param>
    private readonly record struct Wish(ViewMember Member, long View, Instant Since);
}
