using SessionCluster.Replication.Membership;

namespace SessionCluster.Simulation;

/// <summary>
/// Leases, overheard: who answers from what it has at hand was acknowledged by a quorum lately, and nobody accepts a
/// view without a member whose lease it has renewed just now.
/// </summary>
internal sealed class LeaseChecker
{
    private readonly SimulatedCluster _cluster;

    /// <summary>The latest grant of each host to each other.</summary>
    private readonly Grant[] _grants;

    /// <summary>
    /// The latest grants in the granters' views before: those of a later view mean nothing to who is not in it yet.
    /// </summary>
    private readonly Grant[] _former;

    /// <summary>Those in the views before these: on a slow way they come when the granter is two views ahead.</summary>
    private readonly Grant[] _earlier;

    /// <summary>The latest grants of the processes before: one that crashes in a loop may have had several.</summary>
    private readonly List<Grant>?[] _ofDead;

    /// <summary>In which view each has said last what binds it to the next one, and when it did so first.</summary>
    private readonly (View? View, Instant At)[] _promised;

    /// <summary>Each view that somebody has begun, and when that was, in their order.</summary>
    private readonly List<(View View, TimeSpan At)> _begun = [];

    /// <param name="cluster">The cluster.</param>
    public LeaseChecker(SimulatedCluster cluster)
    {
        _cluster = cluster;
        _grants = new Grant[cluster.Nodes.Count * cluster.Nodes.Count];
        _former = new Grant[_grants.Length];
        _earlier = new Grant[_grants.Length];
        _ofDead = new List<Grant>?[_grants.Length];
        _promised = new (View?, Instant)[cluster.Nodes.Count];
    }

    /// <summary>A member has entered a view with its map.</summary>
    public void Entered(View view)
    {
        // Where nobody of a view is left its number may be used once more.
        while (_begun.Count > 0 && _begun[^1].View.Number >= view.Number && !IsGoneOnWith(_begun[^1].View))
        {
            _begun.RemoveAt(_begun.Count - 1);
        }

        if (_begun.Count == 0 || view.Number > _begun[^1].View.Number)
        {
            _begun.Add((view, _cluster.Queue.Now));
        }
    }

    /// <summary>
    /// A member acknowledges the heartbeat that another has sent at that time, on the other's own clock.
    /// </summary>
    public void Granted(SimulatedProcess by, Member to, Instant sentAt)
    {
        int index = IndexOf(by.Host, to);
        ref Grant grant = ref _grants[index];
        long view = by.Machine.View.Number;
        if (grant.By != by.Member)
        {
            // What a process has granted lasts when it has died, whatever its successor says.
            List<Grant> ofDead = _ofDead[index] ??= [];
            ofDead.RemoveAll(former => former.To != to);
            ofDead.Add(grant);
        }

        if (grant.View != view)
        {
            _earlier[index] = _former[index];
            _former[index] = grant;
        }

        bool isSamePair = grant.View == view && grant.By == by.Member && grant.To == to;
        grant = new Grant(by.Member, to, view, isSamePair ? Instant.Max(grant.SentAt, sentAt) : sentAt, by.Now);
    }

    /// <summary>A member says something that binds it to the next view; it grants nothing more in this one.</summary>
    public void Promised(SimulatedProcess by)
    {
        if (!ReferenceEquals(_promised[by.Host].View, by.Machine.View))
        {
            _promised[by.Host] = (by.Machine.View, by.Now);
        }
    }

    /// <summary>A member has answered from its own copy, and asked nobody.</summary>
    public void Answered(SimulatedProcess by, SessionHistory session)
    {
        CheckThatOthersHaveNotGoneOn(by, session);
        if (by.Machine.Inspection.EnteredAt < by.Now)
        {
            // Else the view has begun in the very step that has answered, and perhaps after the answer.
            CheckThatItIsGranted(by);
        }
    }

    /// <summary>Looks whether whoever would answer may.</summary>
    public void Inspect()
    {
        foreach (SimulatedProcess process in _cluster.ProcessSpan)
        {
            if (!process.IsPaused && !process.IsDrained && process.Machine.View.Number > 0
                && process.Machine.HasPermission(process.Now))
            {
                CheckThatItIsGranted(process);
            }
        }
    }

    private void CheckThatItIsGranted(SimulatedProcess by)
    {
        View view = by.Machine.View;
        (View? promisedIn, Instant at) = _promised[by.Host];
        bool isGrantedByItself = !ReferenceEquals(promisedIn, view) || by.Now - at <= LeaseOf(by);
        if (!LivingQuorum.Is(
            _cluster, view, member => member == by.Member ? isGrantedByItself : IsGrantedBy(member, by)))
        {
            throw new SimulationFailedException($"{by.Member} may answer in {view}, though no quorum has acknowledged "
                + $"a heartbeat that it has sent in the last {LeaseOf(by)}, or it has promised the next view before that");
        }
    }

    /// <summary>Whether a member has acknowledged a heartbeat of another lately.</summary>
    public bool IsGrantedBy(Member member, SimulatedProcess holder)
    {
        int index = IndexOf(_cluster.HostOf(member.Node), holder.Member);
        return Lasts(_grants[index], member, holder) || Lasts(_former[index], member, holder)
            || Lasts(_earlier[index], member, holder)
            || _ofDead[index]?.Exists(grant => Lasts(grant, member, holder)) == true;
    }

    /// <summary>
    /// All leases of a view are over when one has lasted since a later view began: who is not in that one answers
    /// nothing.
    /// </summary>
    private void CheckThatOthersHaveNotGoneOn(SimulatedProcess by, SessionHistory session)
    {
        if (_cluster.Options.PartitionPolicy == PartitionPolicy.Available)
        {
            return;
        }

        for (int index = _begun.Count - 1; index >= 0 && _begun[index].View.Number > by.Machine.View.Number; index--)
        {
            (View later, TimeSpan at) = _begun[index];
            if (!later.Contains(by.Member) && _cluster.Queue.Now - at > LeaseOf(by) * 1.5 && IsGoneOnWith(later)
                && !_cluster.Ledger.MayBeForgotten(session.Id))
            {
                throw new SimulationFailedException($"session {session.Name}: {by.Member} answers in "
                    + $"{by.Machine.View}, and {later} has begun {_cluster.Queue.Now - at} ago");
            }
        }
    }

    private bool IsGoneOnWith(View view)
    {
        foreach (SimulatedProcess process in _cluster.ProcessSpan)
        {
            if (view.Contains(process.Member) && !process.IsDrained && process.Machine.View.Number >= view.Number
                && process.Machine.Inspection.IsServing)
            {
                return true;
            }
        }

        return false;
    }

    /// <returns>Why the member may not accept a view yet; nothing, where it may.</returns>
    public string? WhyNotAccept(SimulatedProcess by, View? accepted)
    {
        foreach (Member absent in accepted?.Absent ?? [])
        {
            Grant grant = _grants[IndexOf(by.Host, absent)];
            if (grant.By == by.Member && grant.To == absent && by.Now - grant.GivenAt < _cluster.Options.SilenceBetween(by.Member, absent)
                && by.Machine.View.Contains(absent) && !by.Machine.Inspection.IsGone(absent))
            {
                return $"accepts a view without {absent}, whose lease it has renewed {by.Now - grant.GivenAt} ago";
            }
        }

        return null;
    }

    /// <summary>How long a heartbeat that was acknowledged permits to serve, from when it was sent.</summary>
    private TimeSpan LeaseOf(SimulatedProcess process) => _cluster.Options.SuspectAfterOf(process.Member) * 0.75;

    private bool Lasts(in Grant grant, Member granter, SimulatedProcess holder) =>
        grant.By == granter && grant.To == holder.Member && holder.Now - grant.SentAt <= LeaseOf(holder)
        && !ViewNumber.IsLater(grant.View, holder.Machine.View.Number);

    private int IndexOf(int granter, Member holder) => (granter * _cluster.Nodes.Count) + _cluster.HostOf(holder.Node);

    /// <param name="By">Who has acknowledged.</param>
    /// <param name="To">Whose heartbeat.</param>
    /// <param name="View">The view in which it was acknowledged.</param>
    /// <param name="SentAt">When the latest of those was sent, on the clock of whoever sent it.</param>
    /// <param name="GivenAt">When the acknowledgement was sent, on the clock of whoever gave it.</param>
    private readonly record struct Grant(Member By, Member To, long View, Instant SentAt, Instant GivenAt);
}
