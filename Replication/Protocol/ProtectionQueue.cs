using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// Gives sessions their backups after a death: those used most recently first, a bounded number at a time. A session
/// that a request changes meanwhile waits no longer for its turn than any holder is waited for.
/// </summary>
internal sealed class ProtectionQueue(
    NodeContext context, Reconfigurer reconfigurer, Protector protector, HolderChooser holders, Promotions promotions)
{
    private readonly MapWalk _walk = new(context.Map, context.Settings.SessionsAtOnce);
    private readonly PriorityQueue<SessionCopy, Turn> _found = new();
    private readonly Queue<SessionCopy> _waiting = new();
    private Instant _startedAt;
    private Instant _restoredAt;
    private int _restored;
    private Member[] _eligible = [];
    private Instant _nextWalkAt = context.Now;

    public bool IsBusy => HasWaiting || _walk.IsUnderWay || promotions.Count > 0;

    private bool HasWaiting => _found.Count > 0 || _waiting.Count > 0;

    public void Restart()
    {
        _found.Clear();
        _waiting.Clear();
        _restored = 0;
        _startedAt = context.Now;
        _restoredAt = context.Now;
    }

    public void AddIfNeeded(SessionCopy copy) => _found.Enqueue(copy, new Turn(copy.LastAccess, copy.Session));

    /// <summary>Begins as many changes as may run at once.</summary>
    public void Continue()
    {
        int examined = 0;
        while (reconfigurer.HasRoom && examined < context.Settings.ExaminedAtOnce
            && (_found.TryDequeue(out SessionCopy? copy, out _) || _waiting.TryDequeue(out copy)))
        {
            examined++;
            if (!ReferenceEquals(context.Map.CopyOf(copy.Session), copy))
            {
                // Its turn comes late: the session was given away meanwhile, or has ended, and is not this node's to lead.
                continue;
            }

            if (copy is { IsPrimary: true, IsEffective: false })
            {
                // Its promotion is being recorded; it comes again when it is in force.
                continue;
            }

            if (copy.IsPrimary && protector.ProtectIfNeeded(copy))
            {
                _restored++;
            }
        }
    }

    /// <summary>A configuration of this node's is in force: it may still lack a backup.</summary>
    public void InForce(SessionCopy copy)
    {
        _restoredAt = _restored > 0 ? context.Now : _restoredAt;
        _waiting.Enqueue(copy);
        Continue();
    }

    /// <summary>
    /// Says once how many sessions have got a backup again, and in what time, when all have; where new sessions come
    /// without end, now and then, but not before any has.
    /// </summary>
    private void ReportRestored()
    {
        bool isQuiet = (reconfigurer.Running == 0 && promotions.Count == 0)
            || context.Now - _startedAt >= context.Times.FoundingPatience;
        if (_restored > 0 && !HasWaiting && isQuiet && _restoredAt >= _startedAt)
        {
            context.Report(new ProtectionRestored(_restored, _restoredAt - _startedAt));
            _restored = 0;
        }
    }

    /// <summary>Looks at all sessions when other members than before can hold backups, and now and then.</summary>
    public void Tick()
    {
        ReportRestored();
        if (HasEligibleChanged() || context.Now >= _nextWalkAt)
        {
            _nextWalkAt = context.Now + context.Times.FoundingPatience;
            BeginToLook();
        }

        if (_walk.IsUnderWay)
        {
            LookForSome();
        }

        Continue();
    }

    private void BeginToLook()
    {
        if (!HasWaiting && context.Map.PrimaryCount > 0)
        {
            _startedAt = _restored > 0 ? _startedAt : context.Now;
            _walk.Begin();
        }
    }

    private void LookForSome()
    {
        foreach ((SessionId _, Location location) in _walk.Next())
        {
            if (location.Copy is { IsPrimary: true, IsEffective: true } copy && holders.NeedsProtection(copy))
            {
                AddIfNeeded(copy);
            }
        }
    }

    /// <summary>Whether other members can hold backups than at the last call.</summary>
    private bool HasEligibleChanged()
    {
        int count = 0;
        bool hasChanged = false;
        foreach (ref readonly ViewMember member in context.Views.Current.Span)
        {
            if (context.Peers.IsEligible(member, context.Now))
            {
                hasChanged |= count >= _eligible.Length || _eligible[count] != member.Member;
                count++;
            }
        }

        if (!hasChanged && count == _eligible.Length)
        {
            return false;
        }

        _eligible =
        [
            .. context.Views.Current.Members.Where(member => context.Peers.IsEligible(member, context.Now))
                .Select(static member => member.Member),
        ];
        return true;
    }

    /// <summary>The most recently used session is first.</summary>
    private readonly record struct Turn(Instant LastAccess, SessionId Session) : IComparable<Turn>
    {
        public int CompareTo(Turn other) => LastAccess != other.LastAccess
            ? other.LastAccess.CompareTo(LastAccess)
            : Session.CompareTo(other.Session);
    }
}
