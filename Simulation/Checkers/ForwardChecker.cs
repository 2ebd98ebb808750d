namespace SessionCluster.Simulation;

/// <summary>
/// What has no key is tried once: who has forwarded such a request, and knows not what became of it, neither forwards
/// it again nor runs it itself. How old it may be whoever gets it sees by a heartbeat of its own; and what comes twice
/// begins once.
/// </summary>
internal sealed class ForwardChecker
{
    private readonly Dictionary<(Member By, long Request), Member> _forwarded = [];
    private readonly Dictionary<(Member By, Member To), long> _latest = [];
    private readonly HashSet<(Member From, Member To, long Request)> _begun = [];
    private (Member From, long Request, int Held)? _heard;

    /// <summary>A member is about to take a step.</summary>
    public void Before(SimulatedProcess process, Member from, Message? heard) => _heard = heard is ForwardCommit forward
        ? (from, forward.Request, process.Machine.Inspection.HeldOf(from, forward.Request))
        : null;

    /// <summary>A member has taken a step. What it has heard too early for its view, it may not have begun.</summary>
    public void After(SimulatedProcess process)
    {
        if (_heard is { } heard && process.Machine.Inspection.HeldOf(heard.From, heard.Request) > heard.Held
            && !_begun.Add((heard.From, process.Member, heard.Request)))
        {
            throw new SimulationFailedException(
                $"{process.Member} begins once more what {heard.From} has forwarded under {heard.Request}");
        }
    }

    /// <summary>A member forwards a request.</summary>
    public void Sent(SimulatedProcess by, Member to, ForwardCommit forward)
    {
        if (by.ProcessAt(by.HostOf(to.Node)) is { } primary && primary.Member == to
            && (forward.HeardAt < primary.StartedAt || forward.HeardAt > primary.Now))
        {
            throw new SimulationFailedException($"{by.Member} forwards what has the number {forward.Request} to {to}, and "
                + "names a time at which that has said nothing");
        }

        if (_latest.TryGetValue((by.Member, to), out long latest) && latest >= forward.Request)
        {
            throw new SimulationFailedException(
                $"{by.Member} forwards to {to} under {forward.Request}, and has forwarded under {latest} before");
        }

        _latest[(by.Member, to)] = forward.Request;
        if (forward.Delta.Outcome is null && by.Machine.Inspection.RequestForwardedAs(forward.Request) is { } request
            && !_forwarded.TryAdd((by.Member, request), to))
        {
            throw new SimulationFailedException(
                $"{by.Member} forwards the request {request}, which has no key, "
                + $"to {to}, though {_forwarded[(by.Member, request)]} may have run it");
        }
    }

    /// <summary>A member is about to hear that a request was not run, and is given back.</summary>
    public void Returned(SimulatedProcess by, ReturnedCommit returned)
    {
        if (by.Machine.Inspection.RequestForwardedAs(returned.Request) is { } request)
        {
            _forwarded.Remove((by.Member, request));
        }
    }

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
