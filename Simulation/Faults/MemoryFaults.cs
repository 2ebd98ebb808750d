using SessionCluster.Replication.Sessions;

namespace SessionCluster.Simulation;

/// <summary>
/// What no rule of the protocol lets happen, but a fault in a program might: a backup has lost a copy, or has an older
/// one; a member has forgotten where a session is; a copy is left that nobody knows of. Nobody is told of it.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class MemoryFaults(SimulatedCluster cluster)
{
    private const double OftenOld = 0.3;
    private const double OftenUnknown = 0.5;

    private static readonly FaultKind[] Added =
    [
        FaultKind.LoseCopy, FaultKind.LoseCopy, FaultKind.LoseLocation, FaultKind.LoseLocation, FaultKind.LeaveOrphan,
    ];

    /// <summary>A source of its own, so that seeds without these faults stay as they are.</summary>
    private readonly SeededRandom _random = SeededRandom.For(cluster.Options.Seed, "memory");

    /// <summary>The profile with these faults beside its own.</summary>
    public static FaultProfile AddTo(FaultProfile profile) => profile with { Kinds = [.. profile.Kinds, .. Added] };

    /// <summary>Something is lost, or left, at a member that chance chooses; nothing where there is nothing to lose.</summary>
    public void Strike(FaultKind kind)
    {
        switch (kind)
        {
            case FaultKind.LoseCopy:
                LoseCopy();
                break;
            case FaultKind.LoseLocation:
                LoseLocation();
                break;
            default:
                LeaveOrphan();
                break;
        }
    }

    private void LoseCopy()
    {
        if (AnyLed() is not { } led
            || Nodes().Find(process => process != led.Primary && IsAtRest(process, led.Copy)
                && !cluster.Repairs.Excuses(process.Member, led.Copy.Session)) is not { } holder)
        {
            return;
        }

        LocationMap map = holder.Machine.Inspection.Map;
        SessionCopy lost = map.CopyOf(led.Copy.Session)!;
        bool isOld = lost.Sequence > 0 && _random.Chance(OftenOld);
        Tell(holder, isOld ? "goes back to an older state" : "loses its copy", lost.Session);
        cluster.Repairs.ExpectCopy(holder, lost.Session, led.Copy.Sequence);
        if (isOld)
        {
            map.Update(lost, SessionState.Empty, lost.Sequence - 1);
        }
        else
        {
            map.RemoveCopy(lost.Session);
        }
    }

    private void LoseLocation()
    {
        if (AnyLed() is not { } led)
        {
            return;
        }

        SessionId session = led.Copy.Session;
        List<SimulatedProcess> others = [.. cluster.Processes.Where(process => process.Machine.StateOf(session) is null
            && process.Machine.PlacementOf(session) is { IsAlive: true })];
        if (others.Count > 0)
        {
            SimulatedProcess forgetful = _random.Pick(others);
            Tell(forgetful, "forgets where it is", session);
            forgetful.Machine.Inspection.Map.Forget(session);
            cluster.Repairs.ExpectLocation(forgetful, session, led.Primary);
        }
    }

    private void LeaveOrphan()
    {
        SessionCopy? known = _random.Chance(OftenUnknown) ? null : AnyLed()?.Copy;
        SessionId session = known?.Session ?? AnyUnknown();
        List<SimulatedProcess> others = Nodes().FindAll(process => process.Machine.StateOf(session) is null);
        if (others.Count == 0)
        {
            return;
        }

        SimulatedProcess keeper = _random.Pick(others);
        Member leads = _random.Pick(Nodes()).Member;
        Placement placement = new(leads == keeper.Member ? [leads] : [leads, keeper.Member]);
        Tell(keeper, "has a copy that nobody knows of", session);
        keeper.Machine.Inspection.Map.AddCopy(new SessionCopy(session, created: 1)
        {
            Sequence = 1,
            Configuration = known?.Configuration ?? new Configuration(1, placement),
            ReplicatedAt = keeper.Now,
            LastAccess = keeper.Now,
        });
        cluster.Repairs.ExpectDropped(keeper, session);
    }

    private SessionId AnyUnknown()
    {
        byte[] bytes = new byte[SessionId.Length];
        for (int at = 0; at < bytes.Length; at++)
        {
            bytes[at] = (byte)_random.Below(byte.MaxValue + 1);
        }

        return new SessionId(bytes);
    }

    private List<SimulatedProcess> Nodes() =>
        [.. cluster.Processes.Where(static process => process.Role == MemberRole.Node)];

    /// <summary>A session that somebody leads, and has acknowledged something of.</summary>
    private (SimulatedProcess Primary, SessionCopy Copy)? AnyLed()
    {
        List<(SimulatedProcess Primary, SessionCopy Copy)> led =
        [
            .. Nodes().SelectMany(static process => process.Machine.Inspection.Copies
                .Where(static copy => copy is { Leads: true, Work: null })
                .Select(copy => (process, copy))),
        ];
        return led.Count > 0 ? _random.Pick(led) : null;
    }

    /// <summary>
    /// Whether it has what the primary has, and nothing else in it: one that has led the session and named what did not
    /// come into force would name that again.
    /// </summary>
    private static bool IsAtRest(SimulatedProcess process, SessionCopy led) =>
        led.Configuration.Placement.Contains(process.Member)
        && process.Machine.Inspection.CopyOf(led.Session) is { IsPrimary: false, Work: null, HasForked: false } copy
        && copy.Sequence == led.Sequence && copy.CounterUsed <= led.Configuration.Counter;

    private void Tell(SimulatedProcess process, string what, SessionId session) =>
        cluster.Trace.Said("memory", $"{process.Member} {what}: {cluster.NameOf(session)}");
}
