using SessionCluster.Replication.Sessions;

namespace SessionCluster.Simulation;

/// <summary>
/// A holder that does not answer is replaced, where another can take its place: nobody gives it all of a session again
/// and again, and lets commits wait for it.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class UrgingChecker(SimulatedCluster cluster)
{
    /// <summary>It may have missed one, and a few may be under way.</summary>
    private const int AgainAtMost = 6;

    private readonly Dictionary<(SimulatedProcess By, Member To, long Work), Urge> _urges = [];

    /// <summary>A member gives a holder the whole state.</summary>
    public void Gave(SimulatedProcess by, Member to, Replicate replicate)
    {
        if (replicate.Payload.Full is null)
        {
            return;
        }

        (SimulatedProcess, Member, long) key = (by, to, replicate.Work);
        object? link = by.Links[cluster.HostOf(to.Node)];
        Urge urge = _urges.GetValueOrDefault(key);
        bool isAgain = ReferenceEquals(urge.View, by.Machine.View) && ReferenceEquals(urge.Link, link)
            && MayReplace(by, to, replicate.Session);
        urge = isAgain ? urge with { Times = urge.Times + 1 } : new Urge(by.Machine.View, link, 1);
        _urges[key] = urge;
        if (urge.Times > AgainAtMost)
        {
            throw new SimulationFailedException($"session {cluster.NameOf(replicate.Session)}: {by.Member} has given it to "
                + $"{to} {urge.Times} times, which does not answer, and could replace it");
        }
    }

    /// <summary>A member is about to hear from a holder.</summary>
    public void Before(SimulatedProcess process, Member from, Message? heard)
    {
        if (_urges.Count > 0 && heard is Replicated replicated)
        {
            _urges.Remove((process, from, replicated.Work));
        }
        else if (_urges.Count > 0 && heard is NeedFull need
            && process.Machine.Inspection.CopyOf(need.Session)?.Work is { } work)
        {
            _urges.Remove((process, from, work.Number));
        }
    }

    /// <summary>Whether nothing else is under way, and somebody is there who has not the session yet.</summary>
    private bool MayReplace(SimulatedProcess by, Member holder, SessionId session)
    {
        if (by.Machine.Inspection is not { IsServing: true, IsSealed: false, HearsQuorum: true } machine
            || machine.CopyOf(session) is not { IsPrimary: true, IsEffective: true } copy
            || copy.Work is not { Change: null, GivenAway: null, IsEnding: false }
            || !copy.Configuration.Placement.Contains(holder))
        {
            return false;
        }

        foreach (SimulatedProcess other in cluster.ProcessSpan)
        {
            if (other != by && !other.IsPaused && !other.IsDrained && by.Machine.View.Contains(other.Member)
                && !copy.Configuration.Placement.Contains(other.Member)
                && machine.MayGiveTo(other.Member) && !machine.MayDoWithout(other.Member))
            {
                return true;
            }
        }

        return false;
    }

    /// <param name="View">In which view.</param>
    /// <param name="Link">On which connection.</param>
    /// <param name="Times">How often.</param>
    private readonly record struct Urge(object? View, object? Link, int Times);
}
