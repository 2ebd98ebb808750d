using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// Gives sessions their backups after a death: those used most recently first, a bounded number at a time. A session
/// that a request wants meanwhile does not wait for its turn.
/// </summary>
internal sealed class ProtectionQueue(NodeContext context, Reconfigurer reconfigurer)
{
    private readonly List<SessionCopy> _found = [];
    private readonly Queue<SessionCopy> _waiting = new();
    private Instant _startedAt;
    private Instant _restoredAt;
    private int _restored;
    private Member[] _eligible = [];
    private Instant _nextSweepAt = context.Now;

    public bool IsBusy => _waiting.Count > 0;

    public void Restart()
    {
        _found.Clear();
        _waiting.Clear();
        _restored = 0;
        _startedAt = context.Now;
        _restoredAt = context.Now;
    }

    public void AddIfNeeded(SessionCopy copy) => _found.Add(copy);

    public void Begin()
    {
        _found.Sort(static (left, right) => left.LastAccess != right.LastAccess
            ? right.LastAccess.CompareTo(left.LastAccess)
            : left.Session.CompareTo(right.Session));
        foreach (SessionCopy copy in _found)
        {
            _waiting.Enqueue(copy);
        }

        _found.Clear();
        Continue();
    }

    /// <summary>Begins as many changes as may run at once.</summary>
    public void Continue()
    {
        if (_waiting.Count == 0)
        {
            return;
        }

        while (reconfigurer.Running < context.Settings.ProtectionWindow && _waiting.TryDequeue(out SessionCopy? copy))
        {
            if (copy is { IsPrimary: true, IsEffective: false })
            {
                // Its promotion is being recorded; it comes again when it is in force.
                continue;
            }

            if (copy.IsPrimary && reconfigurer.ProtectIfNeeded(copy))
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
    /// without end, now and then.
    /// </summary>
    private void ReportRestored()
    {
        bool isQuiet = reconfigurer.Running == 0 || context.Now - _startedAt >= context.Settings.FoundingPatience;
        if (_restored > 0 && _waiting.Count == 0 && isQuiet)
        {
            context.Report(new ProtectionRestored(_restored, _restoredAt - _startedAt));
            _restored = 0;
        }
    }

    /// <summary>Looks at all sessions when other members than before can hold backups, and now and then.</summary>
    public void Tick()
    {
        ReportRestored();
        if (!HasEligibleChanged() && context.Now < _nextSweepAt)
        {
            Continue();
            return;
        }

        _nextSweepAt = context.Now + context.Settings.FoundingPatience;
        if (_waiting.Count == 0 && context.Map.PrimaryCount > 0)
        {
            _startedAt = _restored > 0 ? _startedAt : context.Now;
            foreach ((SessionId _, Location location) in context.Map.All())
            {
                if (location.Copy is { IsPrimary: true, IsEffective: true } copy && reconfigurer.NeedsProtection(copy))
                {
                    _found.Add(copy);
                }
            }
        }

        Begin();
    }

    /// <summary>Whether other members can hold backups than at the last call.</summary>
    private bool HasEligibleChanged()
    {
        int count = 0;
        bool hasChanged = false;
        foreach (ViewMember member in context.Views.Current.Span)
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
}
