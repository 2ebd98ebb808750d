using SessionCluster.Replication.Protocol;

namespace SessionCluster.Replication.Membership;

/// <summary>
/// What this process hears of its peers, or of itself, without a message: connections, refused dials, silence, and that
/// it was not scheduled.
/// </summary>
internal sealed class PeerNews(
    NodeContext context,
    Heartbeats heartbeats,
    ViewProposer proposer,
    OverdueHolders overdue,
    HandOvers handOvers,
    Requests requests)
{
    private Instant? _wokeAt;
    private (Instant Until, TimeSpan Gap)? _slept;

    /// <summary>
    /// This process was not scheduled for a while: it has not listened, so nobody's silence means anything. Its lease
    /// has run out by itself.
    /// </summary>
    public void NoticeSlowness(TimeSpan gap)
    {
        _slept = (context.Now, gap);
        context.Peers.AwakeSince = context.Now;
        NoteIfLongerThanRequests(gap);
        foreach (Peer peer in context.Peers.All)
        {
            peer.LastHeard = context.Now;
        }

        heartbeats.ReportPermission();
        context.Report(new SlownessNoticed(gap));
    }

    /// <summary>
    /// This process was not scheduled for a moment, too short to mean anything by itself. Where it happens again and
    /// again the moments in between are too short to listen, and so what is not heard meanwhile is not silence.
    /// </summary>
    public void NoticeLateness(TimeSpan gap)
    {
        NoteIfLongerThanRequests(gap);
        foreach (Peer peer in context.Peers.All)
        {
            peer.LastHeard = Instant.Min(peer.LastHeard + gap, context.Now);
        }
    }

    /// <summary>What is shorter than silence may still be longer than a request may take: a user sets both.</summary>
    private void NoteIfLongerThanRequests(TimeSpan gap)
    {
        if (gap >= context.Settings.CommitTimeout)
        {
            _wokeAt = context.Now;
        }
    }

    /// <summary>Whether a request that read then was caught by a pause that has just ended.</summary>
    public bool HasSleptSince(Instant? readAt) =>
        readAt < _wokeAt && context.Now - _wokeAt.Value < context.Settings.CommitTimeout;

    public void LinkUp(LinkUp up)
    {
        if (context.Peers.Find(up.Peer.Node) is not { } peer)
        {
            return;
        }

        peer.LinkUp(up, context.Now, context.Settings.LeaseDuration);
        context.Times.Learn(context.Peers.All);
        if (context.HasLeft)
        {
            return;
        }

        heartbeats.SendTo(peer);
        overdue.LinkUp(up.Peer);
        handOvers.LinkUp(up.Peer);
        requests.LinkUp(up.Peer);
        proposer.Tick();
    }

    public void Rejected(NodeId node)
    {
        if (context.Peers.Find(node) is { } peer)
        {
            peer.RejectedAt = context.Now;
        }
    }

    public void LinkDown(LinkDown down)
    {
        if (context.Peers.Find(down.Peer.Node) is { } peer && peer.Link == down.Peer)
        {
            peer.LinkDown();
        }
    }

    public void Refused(NodeId node, TimeSpan took)
    {
        if (context.Peers.Find(node) is not { } peer)
        {
            return;
        }

        if (peer.Refuse(context.Now, AgeOfNews(took), context.Settings.LeaseDuration))
        {
            var dead = new Member(node, peer.DeadUpTo);
            context.Report(new MemberDied(dead));
            Announce(new DeathNotice(dead));
        }

        if (!context.HasLeft)
        {
            proposer.Tick();
        }
    }

    /// <summary>
    /// How old the news of a refused dial may be. How long the dial took was measured before this process was stopped,
    /// perhaps, and what waited meanwhile is handled only now; short pauses are not noticed.
    /// </summary>
    private TimeSpan AgeOfNews(TimeSpan took)
    {
        bool hasSlept = _slept is { } slept && context.Now - slept.Until < context.Settings.SuspectAfter;
        return took + (context.Settings.SuspectAfter / 2) + (context.Settings.HeartbeatInterval / 4)
            + (hasSlept ? _slept!.Value.Gap : TimeSpan.Zero);
    }

    /// <summary>What one member has proven the others need not.</summary>
    private void Announce(DeathNotice notice)
    {
        foreach (Peer other in context.Peers.All)
        {
            if (other.Link is { } process)
            {
                context.Send(process, notice);
            }
        }
    }

    public void ReportSilence()
    {
        bool changed = false;
        foreach (Peer peer in context.Peers.All)
        {
            bool isSilent = peer.Link is { } && context.Peers.IsSilent(peer, context.Now);
            if (isSilent != peer.Suspected)
            {
                peer.Suspected = isSilent;
                changed = true;
                var process = new Member(peer.Node, peer.Link?.Incarnation ?? 0);
                context.Report(isSilent
                    ? new MemberSuspected(process, context.Now - peer.LastHeard)
                    : new MemberHeardAgain(process));
            }
        }

        if (changed)
        {
            heartbeats.SendAll();
        }
    }
}
