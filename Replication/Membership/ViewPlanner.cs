namespace SessionCluster.Replication.Membership;

/// <summary>Decides whether the view must change, what it should become, and whose turn it is to propose.</summary>
internal sealed class ViewPlanner(NodeContext context, Admissions admissions, Division division)
{
    /// <summary>After how many failed attempts the next ones get so much more time.</summary>
    private const int AttemptsPerPatience = 4;
    private const int PatienceMaximum = 8;

    private readonly Instant _startedAt = context.Now;
    private Instant? _neededSince;

    /// <summary>Since when those heard by few are just these.</summary>
    private Instant _heardByFewSince;

    /// <summary>
    /// Whether this member has given a session to another and one of the two does not hear the other: in this view
    /// nobody else may lead that session.
    /// </summary>
    public required Func<bool> IsGiftStuck { get; init; }

    public void ViewChanged()
    {
        _neededSince = null;
        context.Views.HeardByFew = [];
        admissions.ViewChanged();
    }

    /// <summary>
    /// Whether a change is needed and this member is the one to propose it, or those before it failed to.
    /// </summary>
    public bool IsMyTurn()
    {
        ViewState views = context.Views;
        if (context.IsGoingOver || !views.IsMember || !views.IsActive || !IsNeeded())
        {
            _neededSince = null;
            return false;
        }

        _neededSince ??= context.Now;
        int rank = Rank();
        return context.Now - _neededSince.Value >= context.Settings.HolderPatience / 2 * rank
            && !IsAnotherAtIt(views, rank)
            && MayDecide(views);
    }

    /// <summary>
    /// Whether an attempt of this member could succeed. Where one way is cut, those at its ends may lack one another's
    /// promise, and a third, which hears both, would defer to their attempts for ever. Who is isolated leaves it to the
    /// others.
    /// </summary>
    private bool MayDecide(ViewState views) => division.IsDue || views.Current.Number == 0
        || (Quorum.IsInReach(views.Current, context.Peers, context.Now)
            && !context.Isolation.AmIToBeLeft);

    /// <summary>
    /// How long an attempt may take. Where many have failed, the network is slower than it should be.
    /// </summary>
    public TimeSpan PatienceWith(long counter) =>
        context.Settings.HolderPatience * Math.Min(1 + ((counter - 1) / AttemptsPerPatience), PatienceMaximum);

    /// <summary>
    /// How long this member lets another's attempt be: the later its turn, the longer, or none would ever end.
    /// </summary>
    public TimeSpan DeferenceTo(long counter, int rank) => PatienceWith(counter) * (1 + (rank / 2.0));

    private bool IsAnotherAtIt(ViewState views, int rank) =>
        views.IsSealed
        && views.Promised.Proposer != context.Self.Node
        && views.Current.Find(views.Promised.Proposer) is { } proposer
        && !context.Peers.IsGone(proposer.Member)
        && context.Now - LastHeardOf(views, proposer.Member) < DeferenceTo(views.Promised.Counter, rank);

    /// <summary>When an attempt was heard of last: as long as maps are copied for it, it goes on.</summary>
    private Instant LastHeardOf(ViewState views, Member proposer) =>
        Instant.Max(views.PromisedAt, context.Peers.Find(proposer.Node)?.PageAt ?? Instant.Zero);

    public IReadOnlyList<Member> SilentMembers()
    {
        Member[] silent = [.. context.Views.Current.Members.Select(static member => member.Member).Where(IsSilent)];
        return IsAnyHeardByFew() ? [.. silent.Union(context.Views.HeardByFew).Order()] : silent;
    }

    /// <summary>The view to propose.</summary>
    /// <param name="silent">Whom the attempt's promises allow to exclude for silence.</param>
    /// <param name="newcomers">Whom to let in.</param>
    public View NextView(IReadOnlyList<Member> silent, IReadOnlyList<ViewMember> newcomers)
    {
        View current = context.Views.Current;
        List<ViewMember> members = current.Number == 0 ? Founders() : Remaining(silent);
        var absent = new List<Member>(current.Absent);
        absent.AddRange(silent);
        absent.RemoveAll(context.Peers.IsGone);
        foreach (ViewMember wish in newcomers)
        {
            absent.RemoveAll(member => member.Node == wish.Member.Node
                && member.Incarnation <= wish.Member.Incarnation);
            members = Admissions.With(members, wish);
        }

        members.Sort(static (left, right) => left.Member.CompareTo(right.Member));
        absent.Sort();
        return new View(current.Number + 1, members, absent);
    }

    private bool IsNeeded()
    {
        if (!context.Settings.Replicates)
        {
            // Each node is on its own. Who started after a view was agreed would wait to be let in for nothing.
            return false;
        }

        View current = context.Views.Current;
        if (current.Number == 0)
        {
            return MayFound();
        }

        // Looked at each time, as who is heard by few gets no lease.
        bool isAnyHeardByFew = IsAnyHeardByFew();
        bool somebodyWaits = context.Views.IsSealed
            && context.Now - context.Views.SealedAt > context.Settings.HolderPatience;
        return somebodyWaits
            || division.IsDue
            || admissions.IsDue
            || (current.Absent.Count > 0 && current.Absent.Any(context.Peers.IsGone))
            || IsAnyGoneOrSilent(current)
            || isAnyHeardByFew
            || IsGiftStuck();
    }

    /// <summary>
    /// Whether a quorum, or each other node, has not heard a member for so long that this is no late news, though this
    /// member hears it: those who do not hear it may not hear one another, and nobody else knows.
    /// </summary>
    private bool IsAnyHeardByFew()
    {
        Member[] few = HeardByFew();
        if (!few.AsSpan().SequenceEqual(context.Views.HeardByFew))
        {
            (context.Views.HeardByFew, _heardByFewSince) = (few, context.Now);
        }

        return few.Length > 0 && context.Now - _heardByFewSince >= context.Settings.SuspectAfter;
    }

    /// <summary>Nobody, unless those whom this member hears besides are a majority without them.</summary>
    private Member[] HeardByFew()
    {
        if (!Array.Exists(context.Peers.All, static peer => peer.Suspects.Count > 0))
        {
            return [];
        }

        IReadOnlyList<ViewMember> members = context.Views.Current.Members;
        Member[] few = [.. members.Select(static member => member.Member).Where(IsHeardByFew)];
        int others = members.Count(member => !few.Contains(member.Member)
            && !context.Peers.IsGone(member.Member) && !context.Peers.IsAway(member.Member, context.Now));
        return others * 2 > members.Count ? few : [];
    }

    private bool IsHeardByFew(Member member) => member != context.Self
        && !context.Peers.IsGone(member)
        && !context.Peers.IsUnheard(member.Node, context.Now)
        && (DoesQuorumSuspect(member) || (context.Settings.Role == MemberRole.Voter
            && context.Isolation.IsToBeLeft(member, context.Views.Current)));

    private bool IsAnyGoneOrSilent(View current)
    {
        foreach (ref readonly ViewMember member in current.Span)
        {
            // Nothing else is looked at as long as everybody is heard.
            if (context.Peers.IsGone(member.Member)
                || (context.Peers.IsUnheard(member.Member.Node, context.Now) && IsSilent(member.Member)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// A fresh cluster begins when every configured peer either is here, as fresh as this one, or is proven not to run;
    /// peers that neither answer nor refuse are waited for, for a while. Where an older cluster runs, it is joined.
    /// </summary>
    private bool MayFound()
    {
        bool everybodyIsKnown = true;
        foreach (Peer peer in context.Peers.All)
        {
            if (peer.Link is not null && (!peer.HasReported || peer.View > 0))
            {
                return false;
            }

            if (peer.Link is not null && context.Peers.IsSilent(peer, context.Now))
            {
                // It may have become a member since it was heard last.
                if (context.Now - peer.LastHeard <= context.Times.FoundingPatience)
                {
                    return false;
                }

                everybodyIsKnown = false;
            }

            everybodyIsKnown &= peer.Link is not null || context.Peers.IsRefused(peer, context.Now);
        }

        return everybodyIsKnown || context.Now - _startedAt > context.Times.FoundingPatience;
    }

    private List<ViewMember> Founders()
    {
        var founders = new List<ViewMember> { new(context.Self, context.Settings.Role) };
        foreach (Peer peer in context.Peers.All)
        {
            if (peer is { Link: { } process, HasReported: true })
            {
                founders.Add(new ViewMember(process, peer.Role));
            }
        }

        return founders;
    }

    private List<ViewMember> Remaining(IReadOnlyList<Member> silent) =>
    [
        .. context.Views.Current.Members.Where(
            member => !context.Peers.IsGone(member.Member) && !silent.Contains(member.Member)),
    ];

    /// <summary>
    /// Whether a quorum has not heard a member. One cut connection is no reason to exclude anybody, and an attempt that
    /// the others would refuse is not begun.
    /// </summary>
    private bool IsSilent(Member member) =>
        context.Views.Current.Number > 0
        && context.Now - context.Views.EnteredAt >= context.Times.SuspectAfter
        && !context.Peers.IsGone(member)
        && context.Peers.IsUnheard(member.Node, context.Now)
        && DoesQuorumSuspect(member);

    /// <summary>Apart, so that nothing is allocated as long as everybody is heard.</summary>
    private bool DoesQuorumSuspect(Member member) =>
        context.Peers.IsSilentForQuorum(context.Views.Current, member, context.Now);

    /// <summary>This member's place among those that can propose: nodes by name, then voters by name.</summary>
    public int Rank()
    {
        int rank = 0;
        foreach (ViewMember member in context.Views.Current.Span)
        {
            NodeId node = member.Member.Node;
            bool isBefore = member.Role < context.Settings.Role
                || (member.Role == context.Settings.Role && node < context.Self.Node);
            if (node != context.Self.Node && isBefore && context.Peers.Find(node) is { Link: not null } peer
                && context.Views.Includes(peer.Link.Value)
                && !context.Peers.IsUnheard(node, context.Now))
            {
                rank++;
            }
        }

        return rank;
    }
}
