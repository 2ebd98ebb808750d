using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication;

/// <summary>What is asked of the parts together: when they have to act again, and what this member has.</summary>
internal sealed partial class NodeParts
{
    /// <summary>
    /// When the parts have to be asked next: with the next heartbeat, and more often while anything waits.
    /// </summary>
    public Instant NextTick
    {
        get
        {
            Instant soon = _context.Now + _tickInterval;
            return HasWork || !AllAreHeard ? soon : Instant.Max(soon, Heartbeats.NextAt);
        }
    }

    /// <summary>When the parts have to go on with what is too much for one step.</summary>
    public Instant NextSlice => Instant.Min(_promotions.NextAt, _drain.NextAt);

    /// <summary>Goes on with what is too much for one step, as far as it is due.</summary>
    public void Continue()
    {
        if (_context.Now >= _promotions.NextAt)
        {
            _promotions.Continue();
        }

        if (_context.Now >= _drain.NextAt)
        {
            _drain.Continue();
        }
    }

    /// <summary>
    /// Whether this step has begun what a tick before the next heartbeat may have to repeat or to end.
    /// </summary>
    public bool HasWork =>
        _requests.HasWaiting
        || _replicator.Busy.Count > 0
        || _recorder.IsBusy
        || _takeOvers.IsBusy
        || _locator.IsBusy
        || _sync.IsBusy
        || _protection.IsBusy
        || _reunion.IsBusy
        || _context.Status != MemberStatus.Up
        || (_context.Settings.Replicates && (!_context.Views.IsServing || _context.Views.IsSealed));

    private bool AllAreHeard
    {
        get
        {
            TimeSpan patience = _context.Settings.HeartbeatInterval * 1.5;
            foreach (ref readonly ViewMember member in _context.Views.Current.Span)
            {
                if (member.Member.Node != _context.Self.Node
                    && (_context.Peers.Find(member.Member.Node) is not { } peer
                        || peer.Link != member.Member
                        || _context.Now - peer.LastHeard > patience))
                {
                    return !_context.Settings.Replicates;
                }
            }

            return true;
        }
    }

    public int CountUnprotected()
    {
        int desired = (int)Math.Min(int.MaxValue, 1L + _context.Settings.Backups);
        int nodes = _context.Settings.Universe.Count(static peer => peer.Role == MemberRole.Node);
        desired = Math.Min(desired, nodes);

        // Whoever led those that are to be led here is not in the view.
        return _promotions.Count + _context.Map.CountPrimaries(holders => CountReachable(holders) < desired);
    }

    /// <summary>Whether somebody could take over what this node has, or it has nothing.</summary>
    public bool CanDrain => _drain.IsPossible;

    /// <summary>Since when this node gives away what it has.</summary>
    public Instant LeavingSince => _drain.StartedAt;

    public IReadOnlyCollection<SessionCopy> Busy => _replicator.Busy;

    /// <summary>How many holders a session of this node should have now.</summary>
    public int DesiredHolders => _holders.DesiredCount();

    /// <summary>How many batches of records are kept to be said again.</summary>
    public int BatchesKept => _recorder.Kept;

    /// <summary>Whether a batch of records has not reached its quorum yet.</summary>
    public bool IsRecording(long batch) => _recorder.IsUnderWay(batch);

    public bool IsRecording(SessionId session) => _recorder.IsUnderWay(session);

    /// <summary>Whether something waits here that another member has forwarded.</summary>
    public bool HoldsForwarded => _requests.HoldsForwarded;

    /// <summary>Whether a session whose end is recorded here may live on, as few may know of that.</summary>
    public bool MayStillLive(SessionId session) => _ends.MayStillLive(session);

    /// <summary>Which request was forwarded under a number, and not answered yet.</summary>
    public long? RequestForwardedAs(long forward) => _requests.RequestForwardedAs(forward);

    /// <summary>How many requests are kept until their time that a member has forwarded under a number.</summary>
    public int HeldOf(Member sender, long forward) => _requests.HeldOf(sender, forward);

    /// <summary>Whether others may serve on their own.</summary>
    public bool IsDivided => _division.IsKnown;

    /// <summary>Whether a copy of this node is the last one: no other holder is a living member of the view.</summary>
    public bool IsOnlyHere(SessionCopy copy)
    {
        foreach (Member holder in copy.Configuration.Placement?.Holders ?? [])
        {
            if (holder != _context.Self && _context.Views.Current.Contains(holder) && !_context.Peers.IsGone(holder))
            {
                return false;
            }
        }

        return true;
    }

    private int CountReachable(Placement placement)
    {
        int count = 0;
        foreach (Member holder in placement.HolderSpan)
        {
            count += !_context.Settings.Replicates || _context.Views.Current.Contains(holder) ? 1 : 0;
        }

        return count;
    }
}
