namespace SessionCluster.Simulation;

/// <summary>
/// Leases, overheard: who answers from what it has at hand was acknowledged by a quorum lately, and nobody accepts a
/// view without a member whose lease it has renewed just now.
/// </summary>
internal sealed class LeaseChecker
{
    /// <summary>How long silence lasts until it is a reason, as nobody here configures it otherwise.</summary>
    private static readonly TimeSpan SuspectAfter = TimeSpan.FromSeconds(1);

    /// <summary>How long a heartbeat that was acknowledged permits to serve, from when it was sent.</summary>
    private static readonly TimeSpan Lease = SuspectAfter * 0.75;

    private readonly SimulatedCluster _cluster;

    /// <summary>The latest grant of each host to each other.</summary>
    private readonly Grant[] _grants;

    /// <param name="cluster">The cluster.</param>
    public LeaseChecker(SimulatedCluster cluster)
    {
        _cluster = cluster;
        _grants = new Grant[cluster.Nodes.Count * cluster.Nodes.Count];
    }

    /// <summary>A member acknowledges the heartbeat that another has sent at that time, on the other's own clock.</summary>
    public void Granted(SimulatedProcess by, Member to, Instant sentAt)
    {
        ref Grant grant = ref GrantOf(by.Host, to);
        bool isSamePair = grant.By == by.Member && grant.To == to;
        grant = new Grant(by.Member, to, isSamePair ? Instant.Max(grant.SentAt, sentAt) : sentAt, by.Now);
    }

    /// <summary>A member has answered a load from its own copy, or from its own map.</summary>
    public void Answered(SimulatedProcess by, SessionHistory session)
    {
        View view = by.Machine.View;
        int lacking = 0;
        foreach (ViewMember member in view.Members)
        {
            if (member.Member != by.Member && _cluster.Nodes[_cluster.HostOf(member.Member.Node)].Process is { IsDrained: false } other
                && other.Member == member.Member)
            {
                Grant grant = GrantOf(other.Host, by.Member);
                bool isGranted = grant.By == other.Member && grant.To == by.Member && by.Now - grant.SentAt <= Lease;
                lacking += isGranted ? 0 : 1;
            }
        }

        // Who is dead need not grant anything.
        if (lacking * 2 > view.Members.Count)
        {
            throw new SimulationFailedException($"session {session.Name}: {by.Member} answers in {view}, though {lacking} "
                + $"living members have acknowledged no heartbeat that it has sent in the last {Lease}");
        }
    }

    /// <returns>Why the member may not accept a view yet; nothing, where it may.</returns>
    public string? WhyNotAccept(SimulatedProcess by, View? accepted)
    {
        foreach (Member absent in accepted?.Absent ?? [])
        {
            Grant grant = GrantOf(by.Host, absent);
            if (grant.By == by.Member && grant.To == absent && by.Now - grant.GivenAt < SuspectAfter
                && by.Machine.View.Contains(absent) && !by.Machine.Inspection.IsGone(absent))
            {
                return $"accepts a view without {absent}, whose lease it has renewed {by.Now - grant.GivenAt} ago";
            }
        }

        return null;
    }

    private ref Grant GrantOf(int granter, Member holder) =>
        ref _grants[(granter * _cluster.Nodes.Count) + _cluster.HostOf(holder.Node)];

    /// <param name="By">Who has acknowledged.</param>
    /// <param name="To">Whose heartbeat.</param>
    /// <param name="SentAt">When the latest of those was sent, on the clock of whoever sent it.</param>
    /// <param name="GivenAt">When the acknowledgement was sent, on the clock of whoever gave it.</param>
    private readonly record struct Grant(Member By, Member To, Instant SentAt, Instant GivenAt);
}
