namespace SessionCluster.Simulation;

/// <summary>
/// What a member may say, checked at each message that leaves it: only who has the map of its view speaks of sessions,
/// nobody records after a promise, nobody takes anything from a process outside its view (I12), and whom one has agreed
/// to exclude gets no lease.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class StatementChecker(SimulatedCluster cluster)
{
    private readonly BallotLedger _ballots = new(cluster);
    private long? _sealedIn;

    /// <summary>A member is about to take a step; it may promise something at its end.</summary>
    public void Before(SimulatedProcess process) =>
        _sealedIn = process.Machine.Inspection.IsSealed ? process.Machine.View.Number : null;

    public void Sent(SimulatedProcess sender, Envelope envelope)
    {
        Inspection machine = sender.Machine.Inspection;
        string? reason = envelope.Message switch
        {
            Heartbeat { Answers: not null } or HeartbeatAcknowledged when machine.WithoutLease.Contains(envelope.To) =>
                "renews the lease of whom it has agreed to exclude",
            Replicated when !sender.Machine.View.Contains(envelope.To) => "takes a commit from outside its view",
            Replicate or RecordLocations or Stale when !machine.IsServing => "has not the map of its view",
            HandOver given when !machine.IsServing && given.View == sender.Machine.View.Number => "gives away what it may not lead",
            LocationsRecorded recorded when recorded.View == _sealedIn => "records after it has promised the next view",
            ViewPromise when machine.PromisedSilent.Any(machine.Hears) => "agrees to exclude whom it hears",
            ViewPromise promise => _ballots.Promised(sender, promise),
            ViewAccept accept => _ballots.Proposed(sender, accept),
            ViewAccepted accepted => _ballots.Accepted(sender, accepted),
            _ => null,
        };
        if (reason is not null)
        {
            throw new SimulationFailedException(
                $"{sender.Member} {reason}: {envelope.Message.GetType().Name} to {envelope.To} in {sender.Machine.View}");
        }
    }
}
