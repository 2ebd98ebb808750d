using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication;

/// <summary>
/// What all parts of one member share: its settings, the time of the step, the outbox and the tables.
/// </summary>
internal sealed class NodeContext
{
    private long _created;

    public NodeContext(ReplicationSettings settings, Instant started)
    {
        Settings = settings;
        Now = started;
        Views = new ViewState(settings);
        Peers = new PeerTable(settings, Views, started);
        Status = settings.Replicates ? MemberStatus.Joining : MemberStatus.Up;
    }

    public ReplicationSettings Settings { get; }

    public Member Self => Settings.Self;

    /// <summary>The time of the present step.</summary>
    public Instant Now { get; set; }

    /// <summary>Receives what the present step wants done.</summary>
    public Outbox Outbox { get; set; } = new();

    public PeerTable Peers { get; }

    /// <summary>The times of this member, and those of others where they are longer.</summary>
    public KnownTimes Times => Peers.Times;

    public ViewState Views { get; }

    public Isolation Isolation => field ??= new Isolation(this);

    public LocationMap Map { get; } = new();

    public MemberStatus Status { get; set; }

    /// <summary>Whether the others are told that this node leaves, though it still serves as before.</summary>
    public bool IsLeavingSoon { get; set; }

    /// <summary>What the others are told that this node does.</summary>
    public MemberStatus SaidStatus => IsLeavingSoon && Status == MemberStatus.Up ? MemberStatus.Leaving : Status;

    /// <summary>
    /// What heartbeats say. Who leaves, and has had no map of its view for longer than one takes to come, says that it
    /// lacks it, like anybody else: whoever has accepted that view may have died, or may have its map.
    /// </summary>
    public MemberStatus HeartbeatStatus =>
        Status == MemberStatus.Leaving && Views.Current.Number > 0 && !Views.IsServing
        && Now - Views.EnteredAt > Settings.HeartbeatInterval
            ? MemberStatus.Joining
            : SaidStatus;

    /// <summary>
    /// The highest counter that was used for a session whose copy has gone since, and came to nothing: what was said
    /// under it may still be under way, so it is not used again.
    /// </summary>
    public long CounterForgotten { get; set; }

    /// <summary>Numbers the copies by when they came here.</summary>
    public long NextCreated() => ++_created;

    /// <summary>
    /// Whether this node goes over to another lineage: it serves nothing, and its copies stay as they are.
    /// </summary>
    public bool IsGoingOver { get; set; }

    /// <summary>Whether this node has said farewell: it does nothing any more.</summary>
    public bool HasLeft { get; set; }

    /// <summary>Sends to a process that is connected; else the protocol's own repetition has to heal it.</summary>
    public void Send(Member to, Message message)
    {
        if (Peers.IsLinked(to))
        {
            Outbox.Send(to, message);
        }
    }

    /// <summary>
    /// Tells a process what is recorded of a session. Only who has the map of its view knows that; until then it says
    /// nothing, and whoever asked asks again.
    /// </summary>
    public void SendStale(Member to, SessionId session, Configuration recorded)
    {
        if (Views.IsServing)
        {
            Send(to, new Stale(Views.Current.Number, session, recorded));
        }
    }

    public void Report(ClusterEvent clusterEvent) => Outbox.Report(clusterEvent);
}
