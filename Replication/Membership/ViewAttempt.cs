namespace SessionCluster.Replication.Membership;

/// <summary>One attempt of this member to have the next view agreed.</summary>
internal sealed class ViewAttempt(ViewPrepare prepare, Instant startedAt)
{
    private Ballot _acceptedBallot;

    public long Number { get; } = prepare.Number;

    public Ballot Ballot { get; } = prepare.Ballot;

    /// <summary>Whom the promises allow to exclude for silence.</summary>
    public IReadOnlyList<Member> Silent { get; } = prepare.Silent;

    public Instant StartedAt { get; } = startedAt;

    /// <summary>Who has promised, and has its map merged here.</summary>
    public HashSet<Member> Promises { get; } = [];

    public HashSet<Member> Accepts { get; } = [];

    public int PullsOutstanding { get; set; }

    /// <summary>The view that somebody may have seen agreed; it must be proposed again.</summary>
    public View? AcceptedView { get; private set; }

    /// <summary>The view that is proposed, in the second half.</summary>
    public View? View { get; private set; }

    public bool IsAccepting => View is not null;

    /// <summary>Of the views accepted in earlier attempts, the one with the highest ballot binds.</summary>
    public void Consider(Ballot acceptedBallot, View? acceptedView)
    {
        if (acceptedView?.Number == Number && acceptedBallot > _acceptedBallot)
        {
            _acceptedBallot = acceptedBallot;
            AcceptedView = acceptedView;
        }
    }

    public void Accept(View view) => View = view;
}
