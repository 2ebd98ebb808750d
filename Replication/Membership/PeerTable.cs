namespace SessionCluster.Replication.Membership;

/// <summary>The configured peers, in the order of their names.</summary>
internal sealed class PeerTable
{
    private readonly Peer[] _peers;
    private readonly ReplicationSettings _settings;
    private readonly ViewState _views;

    public PeerTable(ReplicationSettings settings, ViewState views, Instant started)
    {
        (_settings, _views) = (settings, views);
        Times = new KnownTimes(settings);
        _peers =
        [
            .. settings.Universe.Where(configured => configured.Node != settings.Self.Node)
                .OrderBy(static configured => configured.Node).Select(configured => new Peer(configured, started)),
        ];
    }

    public Peer[] All => _peers;

    /// <summary>The times by which this member reckons.</summary>
    public KnownTimes Times { get; }

    /// <summary>
    /// Since when this process has listened: when it was last found that it had not been scheduled for a while. Nobody
    /// could say anything to it before.
    /// </summary>
    public Instant AwakeSince { get; set; } = Instant.Zero;

    /// <summary>Whether a peer lives in another lineage, as it has said last.</summary>
    public bool IsAnyElsewhere => Array.Exists(_peers, static peer => peer.IsElsewhere);

    /// <summary>The peer of that name, or nothing; asked many times in each step, mostly by the very object.</summary>
    public Peer? Find(NodeId node)
    {
        foreach (Peer peer in _peers)
        {
            if (ReferenceEquals(peer.Node.Name, node.Name))
            {
                return peer;
            }
        }

        foreach (Peer peer in _peers)
        {
            if (peer.Node == node)
            {
                return peer;
            }
        }

        return null;
    }

    /// <summary>Whether the configuration names a node; who is not named is never met.</summary>
    public bool IsNamed(NodeId node) => node == _settings.Self.Node || Find(node) is not null;

    public bool IsLinked(Member process) => Find(process.Node)?.Link == process;

    /// <summary>
    /// The time in a process's newest heartbeat on the present connection, on its clock; nothing without a connection,
    /// and before the first one.
    /// </summary>
    public Instant? SaidAt(Member process) => Find(process.Node) is { } peer && peer.Link == process
        ? peer.SaidAt
        : null;

    /// <summary>Whether a process is gone for good. The universe's unknown processes have incarnation 0.</summary>
    /// <remarks>
    /// One that the configuration does not name will never be met. But where it is in the view others know it, as while
    /// a node is added to the configuration of one member after the other: here it is unheard, and those who hear it
    /// have their say.
    /// </remarks>
    public bool IsGone(Member process) =>
        process.Node != _settings.Self.Node
            ? Find(process.Node)?.IsGone(process.Incarnation) ?? !_views.Current.Contains(process)
            : process.Incarnation != 0 && process.Incarnation < _settings.Self.Incarnation;

    /// <summary>Whether a peer has not been heard for the time that makes it suspect.</summary>
    public bool IsSilent(NodeId node, Instant now) =>
        node != _settings.Self.Node && Find(node) is { } peer && IsSilent(peer, now);

    /// <summary>Whether a peer has not been heard for the time that makes it suspect.</summary>
    public bool IsSilent(Peer peer, Instant now) => now - peer.LastHeard >= Times.SilenceOf(peer);

    /// <summary>
    /// Whether a peer is silent, or has lived in another lineage for a while: it takes no part in this one.
    /// </summary>
    public bool IsUnheard(NodeId node, Instant now) =>
        node != _settings.Self.Node && (Find(node) is not { } peer || IsUnheard(peer, now));

    /// <summary>
    /// Whether a peer is silent, or has lived in another lineage for a while: it takes no part in this one.
    /// </summary>
    public bool IsUnheard(Peer peer, Instant now) => IsSilent(peer, now)
        || (peer.IsElsewhere && now - peer.ElsewhereSince >= _settings.HolderPatience * 2);

    /// <summary>
    /// Whether a process, or this one itself, has been heard within the time for which a lease lasts: whoever may serve
    /// has been in touch with a quorum since then.
    /// </summary>
    public bool IsHeardLately(Member process, Instant now) => process.Node == _settings.Self.Node
        || (Find(process.Node) is { } peer && peer.Link == process && !IsUnheard(peer, now)
            && now - peer.LastHeard < _settings.LeaseDuration);

    /// <summary>
    /// Whether a process cannot take part in a decision: it is not heard, or says that it does not hear this node.
    /// </summary>
    public bool IsAway(Member process, Instant now) =>
        process.Node != _settings.Self.Node
        && (IsUnheard(process.Node, now)
            || (Find(process.Node) is { } peer && peer.Suspects.Contains(_settings.Self.Node)));

    /// <summary>Whether a quorum does not hear a process, as its members say.</summary>
    public bool IsSilentForQuorum(View view, Member process, Instant now) =>
        Quorum.IsReached(view, voter => Hears(voter, process.Node, now) == false, this);

    /// <summary>
    /// Whether a quorum hears a process, as its members say: these say so of members, and of the absent.
    /// </summary>
    public bool IsHeardByQuorum(View view, Member process, Instant now) =>
        Quorum.IsReached(view, voter => Hears(voter, process.Node, now) == true, this);

    /// <returns>Whether a member hears a peer; nothing where it says nothing here.</returns>
    public bool? Hears(Member voter, NodeId node, Instant now) => voter.Node == _settings.Self.Node
        ? !IsUnheard(node, now)
        : Find(voter.Node) is { HasReported: true } peer && peer.Link == voter
            ? !peer.Suspects.Contains(node)
            : null;

    /// <summary>Whether nothing runs on a peer's host: it refuses, and has not merely refused a while ago.</summary>
    public bool IsRefused(Peer peer, Instant now) =>
        peer is { Link: null, Refused: true } && now - peer.RefusedAt < _settings.SuspectAfter;

    /// <summary>
    /// Whether those who voted may go on for a view of which all others are gone. These may have gone on with others
    /// before they died: so every configured peer has to say since then that it knows of no newer view, or to refuse.
    /// Who says nothing is waited for, for a while in which this process listens; but not where this node was in touch
    /// with each of the dead until its death, so that none of them had called this node silent. One that had this
    /// node's promise may have decided the next view with the others without another word; one that has named that view
    /// had gone on to it without that promise; and who has named it before it fell silent knows of it: so these are
    /// reasons to wait. Who lives in another lineage says nothing, and may have divided from a newer view: where there
    /// was no such touch, nobody goes on beside it in this lineage, however long it waits.
    /// </summary>
    public bool MayGoOnWithout(View view, Func<Member, bool> votes, Instant now)
    {
        Instant latest = AwakeSince;
        bool wereInTouch = true;
        foreach (ViewMember member in view.Span)
        {
            if (!votes(member.Member) && Find(member.Member.Node) is { } peer
                && !peer.HasLeft(member.Member.Incarnation))
            {
                wereInTouch &= peer.DiedInTouch && peer.AttemptedAfter != view.Number
                    && !ViewNumber.IsLater(peer.NamedView, view.Number);
                latest = Instant.Max(latest, peer.DiedAt);
            }
        }

        return view.Number == 0
            || (now - latest > Times.FoundingPatience && !Array.Exists(_peers, peer => MayKnowMore(peer, view)))
            || Array.TrueForAll(
                _peers,
                peer => HasVoted(peer, view, votes) || KnowsNoMore(peer, view, latest)
                    || (wereInTouch && SaysNothing(peer, now) && !ViewNumber.IsLater(peer.View, view.Number)));
    }

    private static bool HasVoted(Peer peer, View view, Func<Member, bool> votes) =>
        peer.Link is { } process && view.Contains(process) && votes(process);

    /// <summary>
    /// Whether a peer's host has refused since a death, or its process was asked since then and knows of no view that
    /// followed. What it has said unasked may have been under way for long.
    /// </summary>
    private static bool KnowsNoMore(Peer peer, View view, Instant death) => peer.Link is null
        ? peer.Refused && peer.RefusedAt >= death
        : peer.IsIgnorantOf(view.Number + 1, death) && !KnowsMore(peer, view);

    private bool SaysNothing(Peer peer, Instant now) => peer.Link is null || peer.IsElsewhere || IsSilent(peer, now);

    /// <summary>
    /// Whether a peer says that a view has followed. It may be no member of it and unable to tell more, but then it
    /// begins anew when it sees that all who could are gone.
    /// </summary>
    private static bool KnowsMore(Peer peer, View view) =>
        peer is { Link: not null, HasReported: true } && ViewNumber.IsLater(peer.View, view.Number);

    private static bool MayKnowMore(Peer peer, View view) => peer.IsElsewhere || KnowsMore(peer, view);

    /// <summary>Whether a backup may be placed there now.</summary>
    public bool IsEligible(in ViewMember member, Instant now) =>
        member.Role == MemberRole.Node
        && Find(member.Member.Node) is { } peer
        && peer.Link == member.Member
        && peer is { HasReported: true, IsLeaving: false, Unresponsive: false, IsElsewhere: false }
        && !IsSilent(peer, now);
}
