using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// Ends sessions that were not used for the idle time-out; only their primary does, unless there may never be one again.
/// Tells backups which sessions were read, so that one that is promoted does not end a session that is in use. Forgets,
/// after a while, that sessions are gone.
/// </summary>
internal sealed class Expiry(
    NodeContext context,
    Heartbeats heartbeats,
    Replicator replicator,
    Endings endings,
    Division division,
    Absences absences)
{
    /// <summary>
    /// Since when each session is gone, as <see cref="_permitted"/> counts, and under which counter: it may have lived
    /// again since.
    /// </summary>
    private readonly Dictionary<SessionId, (TimeSpan Since, long Counter)> _gone = [];
    private readonly MapWalk _touched = new(context.Map, context.Settings.SessionsAtOnce);
    private readonly MapWalk _idle = new(context.Map, context.Settings.SessionsAtOnce);
    private Instant _nextTouchAt = context.Now + context.Settings.TouchInterval;
    private Instant _nextSweepAt = context.Now;

    /// <summary>
    /// How long this node has heard a quorum. Only that time counts for what is remembered: in any other nobody can be
    /// told of an end, and who has not heard of it would bring the session back when the others have forgotten.
    /// </summary>
    private TimeSpan _permitted;
    private Instant _countedAt = context.Now;

    public void Tick()
    {
        CountPermittedTime();
        if (context.Now >= _nextTouchAt && heartbeats.HaveJustLeft && !_touched.IsUnderWay)
        {
            _nextTouchAt = context.Now + context.Settings.TouchInterval;
            _touched.Begin();
        }

        if (context.Now >= _nextSweepAt && !_idle.IsUnderWay)
        {
            _nextSweepAt = context.Now + SweepInterval;
            ForgetWhatNobodyRemembers();
            _idle.Begin();
        }

        if (_touched.IsUnderWay)
        {
            SendTouches();
        }

        if (_idle.IsUnderWay)
        {
            Sweep();
        }
    }

    /// <summary>A pause of this process counts for no more than it may last unnoticed.</summary>
    private void CountPermittedTime()
    {
        TimeSpan passed = context.Now - _countedAt;
        _countedAt = context.Now;
        if (heartbeats.HasPermission(context.Now))
        {
            _permitted += passed < context.Settings.SuspectAfter ? passed : context.Settings.SuspectAfter;
        }
    }

    private TimeSpan SweepInterval => TimeSpan.FromTicks(Math.Clamp(
        context.Settings.IdleTimeout.Ticks / 10, TimeSpan.TicksPerMillisecond * 100, TimeSpan.TicksPerSecond * 5));

    private void SendTouches()
    {
        var byHolder = new SortedDictionary<Member, List<Touch>>();
        foreach ((SessionId session, Location location) in _touched.Next())
        {
            if (location.Copy is not { IsPrimary: true, IsTouched: true, IsEffective: true } copy)
            {
                continue;
            }

            copy.IsTouched = false;
            foreach (Member holder in copy.Configuration.Placement.HolderSpan)
            {
                if (holder != context.Self)
                {
                    if (!byHolder.TryGetValue(holder, out List<Touch>? touches))
                    {
                        byHolder.Add(holder, touches = []);
                    }

                    touches.Add(new Touch(session.Prefix, context.Now - copy.LastAccess));
                }
            }
        }

        foreach ((Member holder, List<Touch> touches) in byHolder)
        {
            foreach (Touch[] chunk in touches.Chunk(Touched.TouchesMaximum))
            {
                context.Send(holder, new Touched(chunk));
            }
        }
    }

    private void Sweep()
    {
        List<SessionCopy> idle = [];
        List<SessionId> away = [];
        List<SessionId> forgotten = [];
        bool mayExpire = heartbeats.HasPermission(context.Now) && !context.Views.IsSealed;
        foreach ((SessionId session, Location location) in _idle.Next())
        {
            if (location is { IsRecorded: true, Placement.IsAlive: false, Copy: null })
            {
                NoteGone(session, location, forgotten);
            }
            else if (mayExpire && location.Copy is { IsPrimary: true, IsEffective: true, Work: null } copy
                && context.Now - copy.LastAccess >= context.Settings.IdleTimeout)
            {
                idle.Add(copy);
            }
            else if (mayExpire && absences.HasExpired(location))
            {
                away.Add(session);
            }
        }

        foreach (SessionId session in forgotten)
        {
            _gone.Remove(session);
            context.Map.Forget(session);
        }

        foreach (SessionCopy copy in idle)
        {
            replicator.WorkOf(copy).IsExpiring = true;
            endings.End(copy);
        }

        away.ForEach(endings.EndOutOfReach);
    }

    /// <summary>A client of a lost session is told so for as long as it could have expected the session.</summary>
    private void NoteGone(SessionId session, in Location location, List<SessionId> forgotten)
    {
        bool isLonger = location.Placement!.IsLost
            && context.Settings.IdleTimeout > context.Settings.TombstoneRetention;
        TimeSpan retention = isLonger ? context.Settings.IdleTimeout : context.Settings.TombstoneRetention;
        if (division.IsKnown)
        {
            // The other side may bring a copy, for as long as it has not expired there.
            retention = context.Settings.TombstoneRetention + (context.Settings.IdleTimeout * 1.5);
        }

        if (!_gone.TryGetValue(session, out (TimeSpan Since, long Counter) gone) || gone.Counter != location.Counter)
        {
            _gone[session] = (_permitted, location.Counter);
        }
        else if (_permitted - gone.Since >= retention)
        {
            forgotten.Add(session);
        }
    }

    /// <summary>The map of a view may have forgotten them before their time.</summary>
    private void ForgetWhatNobodyRemembers()
    {
        foreach (SessionId session in _gone.Keys)
        {
            if (!context.Map.TryGet(session, out _))
            {
                _gone.Remove(session);
            }
        }
    }
}
