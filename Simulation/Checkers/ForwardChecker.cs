namespace SessionCluster.Simulation;

/// <summary>
/// What has no key is tried once: who has forwarded such a request, and knows not what became of it, neither forwards
/// it again nor runs it itself. How old it may be whoever gets it sees by a heartbeat of its own.
/// </summary>
internal sealed class ForwardChecker
{
    private readonly Dictionary<(Member By, long Request), Member> _forwarded = [];

    /// <summary>A member forwards a request.</summary>
    public void Sent(SimulatedProcess by, Member to, ForwardCommit forward)
    {
        if (by.ProcessAt(by.HostOf(to.Node)) is { } primary && primary.Member == to
            && (forward.HeardAt < primary.StartedAt || forward.HeardAt > primary.Now))
        {
            throw new SimulationFailedException($"{by.Member} forwards the request {forward.Request} to {to}, and names "
                + "a time at which that has said nothing");
        }

        if (forward.Delta.Outcome is null && !_forwarded.TryAdd((by.Member, forward.Request), to))
        {
            throw new SimulationFailedException(
                $"{by.Member} forwards the request {forward.Request}, which has no key, "
                + $"to {to}, though {_forwarded[(by.Member, forward.Request)]} may have run it");
        }
    }

    /// <summary>A member is about to hear that a request was not run, and is given back.</summary>
    public void Returned(SimulatedProcess by, ReturnedCommit returned) =>
        _forwarded.Remove((by.Member, returned.Request));

    /// <summary>A member has answered a request.</summary>
    public void Committed(SimulatedProcess by, CommitCompleted commit)
    {
        if (_forwarded.Remove((by.Member, commit.Request), out Member to) && commit.Result == CommitResult.Committed
            && commit.Version.Epoch.Node == by.Node.Id)
        {
            throw new SimulationFailedException(
                $"{by.Member} runs the request {commit.Request}, which has no key, though {to} may have run it");
        }
    }
}
