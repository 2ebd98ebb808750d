using SessionCluster.Replication.Sessions;

namespace SessionCluster.Simulation;

/// <summary>
/// What a member has lost in its memory it has again in a bounded time, though nobody asks for it, and what it has too
/// much is gone by then: members find it by comparing.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class RepairChecker(SimulatedCluster cluster)
{
    /// <summary>
    /// Two comparisons, five seconds apart on a slow clock, and what they ask for, which may be said twice.
    /// </summary>
    private readonly TimeSpan _within = cluster.Options.FoundingPatience * 2.8;

    /// <summary>A copy that is left over is asked after in a walk of its own, and goes with the next but one.</summary>
    private readonly TimeSpan _droppedWithin = cluster.Options.FoundingPatience * 4.8;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    private readonly List<(Member Holder, SessionId Session)> _awaited = [];

    /// <summary>How often something was mended.</summary>
    public int Repaired { get; private set; }

    /// <summary>How long it took at most until something was mended.</summary>
    public TimeSpan Slowest { get; private set; }

    /// <summary>Whether something of the session was lost or left at a member, and is not mended yet.</summary>
    public bool Excuses(Member member, SessionId session) =>
        _awaited.Count > 0 && _awaited.Contains((member, session));

    /// <summary>A backup has lost its copy, or has an older one.</summary>
    public void ExpectCopy(SimulatedProcess holder, SessionId session, long sequence) =>
        Expect(_within, holder, session, "has not got its copy again", () =>
            holder.Machine.SequenceOf(session) >= sequence || IsNeededNoMore(holder, session));

    /// <summary>A member has forgotten where a session is.</summary>
    public void ExpectLocation(SimulatedProcess member, SessionId session, SimulatedProcess primary) =>
        Expect(_within, member, session, "has not learnt again where it is", () =>
            member.Machine.PlacementOf(session) is not null
            || !primary.IsAlive || primary.Machine.PlacementOf(session) is not { IsAlive: true });

    /// <summary>A member has a copy that nobody knows of.</summary>
    public void ExpectDropped(SimulatedProcess keeper, SessionId session) =>
        Expect(_droppedWithin, keeper, session, "keeps a copy that nobody knows of", () =>
            keeper.Machine.StateOf(session) is null || IsHolder(keeper, session));

    /// <summary>
    /// Whether the session has ended, as this one knows, or is led with other holders. The ledger may not tell: a view
    /// may begin with a configuration that nobody has named yet.
    /// </summary>
    private bool IsNeededNoMore(SimulatedProcess process, SessionId session) =>
        process.Machine.PlacementOf(session) is { IsAlive: false }
        || cluster.Processes.Any(other => other.Machine.Inspection.CopyOf(session) is { Leads: true } copy
            && !copy.Configuration.Placement.Contains(process.Member));

    /// <summary>Whether whoever leads the session counts on this one.</summary>
    private bool IsHolder(SimulatedProcess process, SessionId session) =>
        cluster.Ledger.NewestOf(session) is { Counter: > 0 } newest && newest.Placement.Contains(process.Member);

    private void Expect(TimeSpan within, SimulatedProcess process, SessionId session, string what, Func<bool> isMended)
    {
        _awaited.Add((process.Member, session));
        TimeSpan since = cluster.Queue.Now;
        int pauses = process.Pauses;
        Connection?[] links = [.. process.Links];
        Look();

        void Look() => cluster.Queue.After(LookEvery, () =>
        {
            // Whoever has died has nothing any more, and who has slept has its time anew.
            bool isThere = process is { IsAlive: true, IsDrained: false } && process.Pauses == pauses;
            if (!links.AsSpan().SequenceEqual(process.Links))
            {
                // With a connection goes what a comparison by it has found.
                (links, since) = ([.. process.Links], cluster.Queue.Now);
            }

            TimeSpan elapsed = cluster.Queue.Now - since;
            if (isThere && !isMended())
            {
                if (elapsed > within)
                {
                    throw new SimulationFailedException(
                        $"session {cluster.NameOf(session)}: {process.Member} {what} within {within}");
                }

                Look();
                return;
            }

            _awaited.Remove((process.Member, session));
            Repaired++;
            Slowest = elapsed > Slowest ? elapsed : Slowest;
        });
    }
}
