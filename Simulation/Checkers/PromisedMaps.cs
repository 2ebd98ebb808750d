using SessionCluster.Replication.Membership;

namespace SessionCluster.Simulation;

/// <summary>What each member had recorded when it promised to follow an attempt.</summary>
/// <param name="cluster">The cluster.</param>
internal sealed class PromisedMaps(SimulatedCluster cluster)
{
    private readonly Dictionary<(Member Voter, Ballot Ballot), List<(SessionHistory, Configuration)>> _maps = [];

    /// <summary>A member promises.</summary>
    public void Promised(SimulatedProcess voter, ViewPromise promise)
    {
        var map = new List<(SessionHistory, Configuration)>();
        foreach (SessionHistory session in cluster.History.Sessions)
        {
            Configuration recorded = voter.Machine.ConfigurationOf(session.Id);
            if (recorded.Counter > 0)
            {
                map.Add((session, recorded));
            }
        }

        _maps[(voter.Member, promise.Ballot)] = map;
    }

    /// <summary>What a proposer has not of that, or something older; nothing, where it has all of it.</summary>
    public string? LackingOf(SimulatedProcess proposer, Member promiser, Ballot ballot)
    {
        foreach ((SessionHistory session, Configuration recorded) in _maps.GetValueOrDefault((promiser, ballot)) ?? [])
        {
            Configuration known = proposer.Machine.ConfigurationOf(session.Id);
            bool mayLack = recorded.Placement.IsAlive
                ? session.MayBeRemoved || session.MayBeExpired
                : known.Counter == 0 || !known.Placement.IsAlive;
            if (known.Counter < recorded.Counter && !mayLack)
            {
                return $"{recorded} of {session.Name}, which {promiser} had recorded before it promised";
            }
        }

        return null;
    }
}
