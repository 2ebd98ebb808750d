using System.Numerics;
using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// Which members hear each other is a graph. Whatever it is: where most of them all hear each other, or half of them with
/// the tie-breaker hear each other and nobody else, every session that one of these holds is served as long as it lasts.
/// </summary>
public sealed class EveryPartitionTests
{
    private static readonly TimeSpan ServedWithin = TimeSpan.FromSeconds(10);

    /// <param name="nodes">How many nodes there are.</param>
    /// <param name="voter">Whether there is a voter as well.</param>
    /// <param name="step">Every so manieth graph is tried.</param>
    [Theory]
    [InlineData(4, false, 1)]
    [InlineData(3, true, 1)]
    [InlineData(5, false, 31)]
    [InlineData(4, true, 31)]
    public void Whoever_may_decide_serves(int nodes, bool voter, int step)
    {
        int members = nodes + (voter ? 1 : 0);
        int ways = members * (members - 1) / 2;
        var failures = new List<string>();
        for (int graph = 0; graph < 1 << ways; graph += step)
        {
            if (WhyNotServed(nodes, voter, graph) is { } reason)
            {
                failures.Add(reason);
            }
        }

        Assert.Empty(failures);
    }

    private static string? WhyNotServed(int nodes, bool voter, int graph)
    {
        int members = nodes + (voter ? 1 : 0);
        int[] heard = HeardBy(members, graph);
        int tieBreaker = voter ? members - 1 : 0;
        int deciding = Enumerable.Range(1, (1 << members) - 1).FirstOrDefault(set => Decides(set, heard, tieBreaker));
        if (deciding == 0)
        {
            return null;
        }

        var cluster = new SimulatedCluster(new ClusterOptions { Nodes = nodes, HasVoter = voter });
        cluster.Settle();
        for (int node = 1; node <= nodes; node++)
        {
            cluster.On(node, $"basket {node}").Commit("cart", "shoes");
        }

        cluster.Settle();
        string[] sessions = [.. cluster.History.Sessions.Select(static session => session.Name).Where(
            name => cluster.PlacementOf(name)!.Holders.Any(
                holder => (deciding & (1 << cluster.HostOf(holder.Node))) != 0))];
        for (int from = 0; from < members; from++)
        {
            for (int to = 0; to < members; to++)
            {
                if (from != to && (heard[from] & (1 << to)) == 0)
                {
                    cluster.Network.Cut(from, to);
                }
            }
        }

        cluster.Run(ServedWithin);
        string? unserved = Array.Find(sessions, session => !Enumerable.Range(1, nodes).Any(
            node => cluster.On(node, session).TryLoad()?.Result == LoadResult.Found));
        cluster.Heal();
        cluster.Settle();
        return unserved is null ? null : $"{Describe(heard)}: nobody serves {unserved}";
    }

    /// <summary>Whom each member hears, itself included, as bits.</summary>
    private static int[] HeardBy(int members, int graph)
    {
        int[] heard = [.. Enumerable.Range(0, members).Select(static member => 1 << member)];
        int way = 0;
        for (int one = 0; one < members; one++)
        {
            for (int other = one + 1; other < members; other++, way++)
            {
                if ((graph & (1 << way)) != 0)
                {
                    heard[one] |= 1 << other;
                    heard[other] |= 1 << one;
                }
            }
        }

        return heard;
    }

    private static bool Decides(int set, int[] heard, int tieBreaker)
    {
        int[] chosen = [.. Enumerable.Range(0, heard.Length).Where(member => (set & (1 << member)) != 0)];
        int twice = BitOperations.PopCount((uint)set) * 2;
        return Array.TrueForAll(chosen, member => (heard[member] & set) == set)
            && (twice > heard.Length
                || (twice == heard.Length && (set & (1 << tieBreaker)) != 0
                    && Array.TrueForAll(chosen, member => heard[member] == set)));
    }

    private static string Describe(int[] heard) => string.Join(
        ' ', heard.Select(static (others, member) => $"{member + 1}:{Convert.ToString(others, 2)}"));
}
