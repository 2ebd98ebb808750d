using SessionCluster.Replication.Protocol;

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

    /// <summary>What the others were told last to follow: the attempt, or its view.</summary>
    public Message Said { get; private set; } = prepare;

    /// <summary>When they were told so.</summary>
    public Instant SaidAt { get; set; } = startedAt;

    /// <summary>Who has promised, and has its map merged here.</summary>
    public HashSet<Member> Promises { get; } = [];

    public HashSet<Member> Accepts { get; } = [];

    /// <summary>Who has promised, and whose map is being merged here.</summary>
    public HashSet<Member> Merging { get; } = [];

    /// <summary>What the maps were that are merged here.</summary>
    public Dictionary<Member, IReadOnlyList<BucketDigest>> Merged { get; } = [];

    /// <summary>
    /// The buckets in which merging has brought sessions of which nothing was recorded here. Digests leave out ends, so
    /// a map that was merged before may know that they have ended.
    /// </summary>
    public HashSet<int> Grown { get; } = [];

    /// <summary>The view that somebody may have seen agreed; it must be proposed again, with the map of then.</summary>
    public View? AcceptedView { get; private set; }

    /// <summary>Whose map that is, as long as it is not here.</summary>
    public Member? AwaitedMap { get; set; }

    /// <summary>Whether a map is still to come without which nothing may be proposed.</summary>
    public bool LacksMap => Merging.Count > 0 || AwaitedMap is not null;

    /// <summary>The view that is proposed, in the second half.</summary>
    public View? View { get; private set; }

    public bool IsAccepting => View is not null;

    /// <summary>Of the views accepted in earlier attempts, the one with the highest ballot binds.</summary>
    /// <returns>Whether this is the one, so far.</returns>
    public bool Consider(Ballot acceptedBallot, View? acceptedView)
    {
        bool binds = acceptedView?.Number == Number && acceptedBallot > _acceptedBallot;
        if (binds)
        {
            _acceptedBallot = acceptedBallot;
            AcceptedView = acceptedView;
        }

        return binds;
    }

    public void Accept(ViewAccept accept, Instant now) => (View, Said, SaidAt) = (accept.View, accept, now);
}
