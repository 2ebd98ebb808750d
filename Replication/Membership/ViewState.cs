namespace SessionCluster.Replication.Membership;

/// <summary>The view that is in force here, and what this member has promised about the next one.</summary>
internal sealed class ViewState
{
    /// <summary>Nobody comes back to a view that so many have followed.</summary>
    private const int VotesMaximum = 8;

    private readonly Member _self;
    private readonly Queue<Vote> _votes = new();
    private readonly View _universe;

    /// <summary>Whether <see cref="Current"/> names this process: asked several times in every step.</summary>
    private bool _isNamed;

    public ViewState(ReplicationSettings settings)
    {
        _self = settings.Self;
        _universe = new View(
            0,
            [.. settings.Universe.OrderBy(static peer => peer.Node)
                .Select(static peer => new ViewMember(new Member(peer.Node, 0), peer.Role))],
            []);
        Current = _universe;
        IsActive = true;
    }

    public View Current { get; private set; }

    /// <summary>
    /// The last view before this member's group went on by itself; nothing where it has not, or has met others.
    /// </summary>
    public long? DividedFrom { get; private set; }

    /// <summary>How often this process has come to know of a division as its own present view.</summary>
    public int Divisions { get; private set; }

    /// <summary>
    /// Since when it is known here. A lease of an earlier view may last for some time after that.
    /// </summary>
    public Instant EnteredAt { get; set; } = Instant.Zero;

    /// <summary>Whether this member's location map is the one that the view began with, or newer.</summary>
    public bool IsActive { get; set; }

    /// <summary>Whether this process belongs to the view.</summary>
    public bool IsMember => Current.Number == 0 || _isNamed;

    /// <summary>Whether this member may record and serve in the view: views from 1 on only.</summary>
    public bool IsServing => Current.Number > 0 && IsActive && _isNamed;

    /// <summary>The highest attempt at the next view that this member follows.</summary>
    public Ballot Promised { get; set; }

    /// <summary>When it was heard of last.</summary>
    public Instant PromisedAt { get; set; }

    /// <summary>Whom the promised attempt would exclude for silence.</summary>
    public IReadOnlyList<Member> PromisedSilent { get; private set; } = [];

    /// <summary>
    /// Who gets no lease from here any more in this view, as an attempt may have decided to exclude them: a later one
    /// that finds them heard again is bound to what an earlier one may have decided.
    /// </summary>
    public IReadOnlyList<Member> WithoutLease { get; private set; } = [];

    /// <summary>
    /// Whom a quorum does not hear, though this member does. Without that quorum it serves nothing, so it gets no lease
    /// from here either while that is so: a view without it could not be accepted before that is over, and an attempt
    /// of somebody who does not know enough to exclude it would come first.
    /// </summary>
    public Member[] HeardByFew { get; set; } = [];

    /// <summary>The attempt whose view this member has accepted, and that view.</summary>
    public Ballot Accepted { get; set; }

    public View? AcceptedView { get; set; }

    /// <summary>Whether a promise for the next view forbids to record in this one.</summary>
    public bool IsSealed => Promised != default;

    /// <summary>Since when it is sealed, so that somebody finishes what a dead proposer began.</summary>
    public Instant SealedAt { get; set; }

    /// <summary>Whether a process takes part in the current view; in view 0 everybody of that name does.</summary>
    public bool Includes(Member process) =>
        Current.Number == 0 ? Current.Find(process.Node) is not null : Current.Contains(process);

    /// <summary>
    /// The member of the current view that a process is, so that view 0 can be counted like the others.
    /// </summary>
    public Member AsMember(Member process) => Current.Number == 0 ? process with { Incarnation = 0 } : process;

    /// <summary>Notes whom an attempt would exclude for silence.</summary>
    public void PromiseSilent(IReadOnlyList<Member> silent)
    {
        PromisedSilent = silent;
        DenyLease(silent);
    }

    /// <summary>Gives no lease to these any more, until the next view.</summary>
    public void DenyLease(IEnumerable<Member> silent) => WithoutLease = [.. WithoutLease.Union(silent)];

    /// <summary>
    /// Begins again with the configured universe, as a fresh process does. But what it has promised it has promised: it
    /// may come back to a view whose members wait for nobody but this very process.
    /// </summary>
    public void BeginAnew() => Enter(_universe, active: true);

    public void Enter(View view, bool active)
    {
        Remember();
        if (Current.Number == 0 && AcceptedView is { } founded && founded.Number == view.Number)
        {
            // What was promised in views that were counted before this founding has come to nothing.
            _votes.Clear();
        }

        DividedFrom = ViewNumber.AreRelated(view.Number, Current.Number) ? DividedFrom
            : ViewNumber.IsDivision(view.Number) && view.Contains(_self) ? Current.Number : null;
        Divisions += ViewNumber.IsDivision(view.Number) && view.Number != Current.Number ? 1 : 0;
        Current = view;
        _isNamed = view.Contains(_self);
        IsActive = active;
        Recall();
    }

    private void Remember()
    {
        if (IsSealed)
        {
            _votes.Enqueue(new Vote(Current, Promised, PromisedSilent, WithoutLease, Accepted, AcceptedView));
            if (_votes.Count > VotesMaximum)
            {
                _votes.Dequeue();
            }
        }
    }

    private void Recall()
    {
        Vote? vote = Current.Number == 0 ? null : _votes.LastOrDefault(vote => vote.IsOf(Current));
        Promised = vote?.Promised ?? default;
        PromisedSilent = vote?.PromisedSilent ?? [];
        WithoutLease = vote?.WithoutLease ?? [];
        Accepted = vote?.Accepted ?? default;
        AcceptedView = vote?.AcceptedView;
    }

    /// <summary>What this member has promised in a view that it has left.</summary>
    private sealed record Vote(
        View View,
        Ballot Promised,
        IReadOnlyList<Member> PromisedSilent,
        IReadOnlyList<Member> WithoutLease,
        Ballot Accepted,
        View? AcceptedView)
    {
        /// <summary>A cluster that begins anew counts its views anew, but its members are others.</summary>
        public bool IsOf(View view) => View.Number == view.Number && View.Members.SequenceEqual(view.Members);
    }
}
