namespace SessionCluster.Simulation;

/// <summary>When faults end, and how many still last; once all are over, none does anything more.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="profile">How long a fault lasts.</param>
/// <param name="random">Gives the chance.</param>
internal sealed class FaultClock(SimulatedCluster cluster, FaultProfile profile, SeededRandom random)
{
    private int _lasting;

    /// <summary>Whether no fault comes any more.</summary>
    public bool IsOver { get; set; }

    /// <summary>How many faults have struck.</summary>
    public int Struck { get; set; }

    /// <summary>Somebody has to see what becomes of a fault that lasts, and no other strikes before.</summary>
    public TimeSpan RestsUntil { get; set; }

    /// <summary>Whether a fault has not ended.</summary>
    public bool AnyLasts => _lasting > 0;

    /// <summary>Ends a fault after its time.</summary>
    public void EndLater(Action end, TimeSpan atLeast = default) =>
        Later(atLeast + random.Spread(profile.LastsAtLeast, profile.LastsAtMost), end);

    /// <summary>Does something later, unless the faults are over by then.</summary>
    public void Later(TimeSpan after, Action act) => LaterOrOver(after, () =>
    {
        if (!IsOver)
        {
            act();
        }
    });

    /// <summary>Does something later, even if the faults are over by then.</summary>
    public void LaterOrOver(TimeSpan after, Action act)
    {
        _lasting++;
        cluster.Queue.After(after, () =>
        {
            _lasting--;
            act();
        });
    }
}
