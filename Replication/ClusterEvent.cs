namespace SessionCluster.Replication;

/// <summary>A fact that a human, a metric or a trace may want to know. The set is closed.</summary>
public abstract record ClusterEvent
{
    private protected ClusterEvent()
    {
    }
}

/// <summary>A new view is in force on this node.</summary>
/// <param name="View">The view.</param>
/// <param name="Includes">Whether this node is a member.</param>
public sealed record ViewInstalled(View View, bool Includes) : ClusterEvent;

/// <summary>A peer has been silent for too long.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Silence">For how long.</param>
public sealed record MemberSuspected(Member Peer, TimeSpan Silence) : ClusterEvent;

/// <summary>A suspected peer was heard again.</summary>
/// <param name="Peer">The peer.</param>
public sealed record MemberHeardAgain(Member Peer) : ClusterEvent;

/// <summary>A peer's process is proven dead.</summary>
/// <param name="Peer">The process.</param>
public sealed record MemberDied(Member Peer) : ClusterEvent;

/// <summary>A peer has begun to hand over what it holds, and takes no more requests.</summary>
/// <param name="Peer">The peer.</param>
public sealed record MemberLeaving(Member Peer) : ClusterEvent;

/// <summary>A peer that was leaving stays after all: nobody was left to take over what it has.</summary>
/// <param name="Peer">The peer's process.</param>
public sealed record MemberStays(Member Peer) : ClusterEvent;

/// <summary>A peer has handed over what it held, and left.</summary>
/// <param name="Peer">The peer.</param>
public sealed record MemberLeft(Member Peer) : ClusterEvent;

/// <summary>This node may serve again (or for the first time).</summary>
public sealed record PermissionGained : ClusterEvent;

/// <summary>This node hears no quorum any more and serves nothing.</summary>
public sealed record PermissionLost : ClusterEvent;

/// <summary>This node was not scheduled for so long that its own silence clocks say nothing about its peers.</summary>
/// <param name="Gap">For how long.</param>
public sealed record SlownessNoticed(TimeSpan Gap) : ClusterEvent;

/// <summary>A backup became primary because the primary is gone.</summary>
/// <param name="Session">The session.</param>
/// <param name="Configuration">Its new configuration.</param>
public sealed record SessionPromoted(SessionId Session, Configuration Configuration) : ClusterEvent;

/// <summary>A node without the session, or its backup, became its primary because a request came there.</summary>
/// <param name="Session">The session.</param>
/// <param name="From">The former primary.</param>
/// <param name="Configuration">Its new configuration.</param>
public sealed record SessionTakenOver(SessionId Session, Member From, Configuration Configuration) : ClusterEvent;

/// <summary>A session has got a new set of holders, recorded by a quorum.</summary>
/// <param name="Session">The session.</param>
/// <param name="Configuration">Its new configuration.</param>
/// <param name="Created">Whether it is the session's first one.</param>
public sealed record SessionPlaced(SessionId Session, Configuration Configuration, bool Created) : ClusterEvent;

/// <summary>Sessions of which no holder is left.</summary>
/// <param name="Count">How many.</param>
/// <param name="IsReporter">Whether this member is the one that counts them for the whole cluster.</param>
public sealed record SessionsLost(int Count, bool IsReporter) : ClusterEvent;

/// <summary>A session was removed by the application or has expired.</summary>
/// <param name="Session">The session.</param>
/// <param name="Expired">Whether it has expired.</param>
public sealed record SessionEnded(SessionId Session, bool Expired) : ClusterEvent;

/// <summary>All that this node was primary of since the last view change is protected again.</summary>
/// <param name="Sessions">How many sessions got a new backup.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record ProtectionRestored(int Sessions, TimeSpan Elapsed) : ClusterEvent;

/// <summary>A holder had refused or lost a change and got the full state instead.</summary>
/// <param name="Session">The session.</param>
/// <param name="Holder">The holder.</param>
public sealed record CopyRepaired(SessionId Session, Member Holder) : ClusterEvent;

/// <summary>A map comparison found and mended locations that differed between members.</summary>
/// <param name="Peer">The member compared with.</param>
/// <param name="Records">How many were mended.</param>
public sealed record LocationsRepaired(Member Peer, int Records) : ClusterEvent;

/// <summary>Everything is handed over and this node has left; the process may stop.</summary>
/// <param name="Sessions">How many sessions were handed over.</param>
/// <param name="Unprotected">How many sessions would be lost now; 0 where another node is there to hold them.</param>
public sealed record Drained(int Sessions, int Unprotected) : ClusterEvent;

/// <summary>
/// Nobody is there any more to take over what this node has, so it stays and serves as before. To leave it has to be
/// asked again.
/// </summary>
/// <param name="Sessions">How many sessions it has.</param>
public sealed record DrainGivenUp(int Sessions) : ClusterEvent;

/// <summary>This node hears no quorum of its cluster, and goes on with those whom it hears.</summary>
/// <param name="View">Their view; its absent members may do the same.</param>
public sealed record SidesDivided(View View) : ClusterEvent;

/// <summary>A division is over for this node: it has handed in what its side had, and joins the other side.</summary>
/// <param name="View">The other side's view.</param>
/// <param name="Sessions">How many sessions it has handed in, copies of others' included.</param>
public sealed record SidesReunited(View View, int Sessions) : ClusterEvent;

/// <summary>
/// What the other side of a division had of a session was merged into it, and every holder has the result.
/// </summary>
/// <param name="Session">The session.</param>
/// <param name="From">Who handed it in; the holders of the other side all do.</param>
/// <param name="Overwritten">
/// How many values had been answered on one side and gave way to the other's; counted once each.
/// </param>
public sealed record SessionMerged(SessionId Session, Member From, int Overwritten) : ClusterEvent;

/// <summary>
/// A request needed a session of which every copy is on the other side of a division: it was begun without values, to
/// be merged later. Or this side had lost it, and goes on with what another side has of it.
/// </summary>
/// <param name="Session">The session.</param>
public sealed record SessionBegunAnew(SessionId Session) : ClusterEvent;
