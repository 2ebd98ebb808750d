namespace SessionCluster.Simulation;

/// <summary>
/// I6 before any client notices: that a session was removed is remembered for as long as it is said to be, from when it
/// was recorded under that very counter. Who was away brings it back where it is forgotten earlier.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class RetentionChecker(SimulatedCluster cluster)
{
    private static readonly TimeSpan LooksEvery = TimeSpan.FromSeconds(2);

    private readonly Dictionary<SimulatedProcess, Memory> _memories = [];

    /// <summary>What is seen late, and what a clock that is slow by a tenth makes of it, are taken off.</summary>
    private TimeSpan Least => (cluster.Options.TombstoneRetention * 0.9) - (LooksEvery * 2);

    /// <summary>A member is about to hear something: where it takes another's map, that may have forgotten an end.</summary>
    public void Before(SimulatedProcess process, Message? heard)
    {
        if (heard is MapPage && _memories.TryGetValue(process, out Memory? memory))
        {
            memory.View = null;
        }
    }

    /// <summary>A member has taken a step of any kind.</summary>
    public void Stepped(SimulatedProcess by)
    {
        if (!_memories.TryGetValue(by, out Memory? memory))
        {
            _memories.Add(by, memory = new Memory());
        }

        if (by.Now < memory.NextAt)
        {
            return;
        }

        bool isSame = by.Machine.Inspection.IsServing && ReferenceEquals(by.Machine.View, memory.View);
        memory.NextAt = by.Now + LooksEvery;
        memory.View = by.Machine.Inspection.IsServing ? by.Machine.View : null;
        Compare(by, memory, isSame);
    }

    private void Compare(SimulatedProcess by, Memory memory, bool mustRemember)
    {
        foreach (SessionHistory session in cluster.History.Sessions)
        {
            Configuration recorded = by.Machine.ConfigurationOf(session.Id);
            if (recorded is { Counter: > 0, Placement.IsRemoved: true } && by.Machine.StateOf(session.Id) is null)
            {
                if (!memory.Ends.TryGetValue(session.Id, out (long Counter, Instant Since) end)
                    || end.Counter != recorded.Counter)
                {
                    memory.Ends[session.Id] = (recorded.Counter, by.Now);
                }
            }
            else if (memory.Ends.Remove(session.Id, out (long Counter, Instant Since) end)
                && mustRemember && recorded.Counter == 0 && by.Now - end.Since < Least)
            {
                throw new SimulationFailedException(
                    $"session {session.Name}: {by.Member} has forgotten {by.Now - end.Since} later that it has ended");
            }
        }
    }

    private sealed class Memory
    {
        public Instant NextAt { get; set; } = Instant.Zero;

        public View? View { get; set; }

        public Dictionary<SessionId, (long Counter, Instant Since)> Ends { get; } = [];
    }
}
