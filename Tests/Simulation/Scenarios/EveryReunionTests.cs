using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A side comes back (policy Available), and any ways stay cut for long. Whatever they are: where most of the other side all
/// hear each other, each session is served by somebody now and again; and nothing is lost when all are whole.
/// </summary>
public sealed class EveryReunionTests
{
    private const int Back = 4;

    private static readonly TimeSpan UntilServed = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan ServedWithin = TimeSpan.FromSeconds(25);
    private static readonly string[] Names = ["hat", "shoes", "cap"];

    /// <param name="voter">Whether there is a voter as well.</param>
    /// <param name="step">Every so manieth graph is tried.</param>
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 7)]
    public void Each_session_is_served_whatever_stays_cut(bool voter, int step)
    {
        int members = Back + (voter ? 1 : 0);
        var failures = new List<string>();
        for (int graph = 0; graph < 1 << (members * (members - 1) / 2); graph += step)
        {
            int number = graph;
            if (WhyNotServed(voter, (low, high) => (number & (1 << ((high * (high - 1) / 2) + low))) != 0) is { } reason)
            {
                failures.Add($"{graph}: {reason}");
            }
        }

        Assert.Empty(failures);
    }

    private static string? WhyNotServed(bool voter, Func<int, int, bool> isCut)
    {
        SimulatedCluster cluster = Divided(voter);
        cluster.Heal();
        for (int high = 1; high < cluster.Network.Hosts; high++)
        {
            for (int low = 0; low < high; low++)
            {
                if (isCut(low, high))
                {
                    cluster.Network.Cut(low, high);
                    cluster.Network.Cut(high, low);
                }
            }
        }

        cluster.Run(UntilServed);
        var unserved = new HashSet<string>(Names);
        TimeSpan end = cluster.Queue.Now + ServedWithin;
        while (unserved.Count > 0 && cluster.Queue.Now < end)
        {
            unserved.RemoveWhere(name => Enumerable.Range(1, Back).Any(
                node => cluster.On(node, name).TryLoad()?.Result == LoadResult.Found));
        }

        bool isPromised = DoMostHearEachOther(voter ? [0, 1, 2, 4] : [0, 1, 2], isCut);
        cluster.Heal();
        cluster.Settle();
        string[] lost = [.. Names.Where(name => cluster.On(node: 1, name).TryLoad()?.Result != LoadResult.Found)];
        return unserved.Count > 0 && isPromised ? $"nobody serves {string.Join(' ', unserved)}"
            : lost.Length > 0 ? $"lost {string.Join(' ', lost)}" : null;
    }

    private static bool DoMostHearEachOther(int[] members, Func<int, int, bool> isCut) =>
        Enumerable.Range(0, 1 << members.Length).Any(set =>
        {
            int[] chosen = [.. members.Where((_, index) => (set & (1 << index)) != 0)];
            return chosen.Length * 2 > members.Length
                && Array.TrueForAll(chosen, high => !Array.Exists(chosen, low => low < high && isCut(low, high)));
        });

    /// <summary>What each side has created, and what both have.</summary>
    private static SimulatedCluster Divided(bool voter)
    {
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            Nodes = Back, HasVoter = voter, PartitionPolicy = PartitionPolicy.Available,
        });
        cluster.Settle();
        cluster.On(Back, "cap").Commit("cart", "cap");
        cluster.Settle();
        cluster.Partition([1, 2, 3, 5], [Back]);
        cluster.Run(UntilServed);
        cluster.On(Back, "hat").Commit("cart", "hat");
        cluster.On(node: 2, "shoes").Commit("cart", "shoes");
        return cluster;
    }
}
