using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A partition in which one node hears both sides. The others of the larger side, or those with the tie-breaker, call
/// those beyond it silent; it does not.
/// </summary>
public sealed class PartialPartitionTests
{
    private static readonly TimeSpan ServedWithin = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Found by reading: half of the members, with the tie-breaker, attempted to exclude whom they did not hear. The
    /// others refused, as they heard it, and nobody attempted anything else: nobody served for as long as that lasted.
    /// Where the larger side excluded it, the node between let it in again, a view each time.
    /// </summary>
    [Theory]
    [InlineData(4, false, 3)]
    [InlineData(3, true, 2)]
    [InlineData(5, true, 3)]
    [InlineData(4, true, 3)]
    public void All_sessions_are_served_on_the_side_that_decides(int nodes, bool voter, int between)
    {
        var cluster = new SimulatedCluster(nodes, seed: 1, voter);
        cluster.Settle();
        for (int node = 1; node <= nodes; node++)
        {
            cluster.On(node, $"basket {node}").Commit("cart", "shoes");
        }

        cluster.Settle();
        string[] sessions = [.. cluster.History.Sessions.Select(static session => session.Name)
            .Where(name => cluster.PlacementOf(name)!.Holders.Any(
                holder => cluster.HostOf(holder.Node) < between))];
        CutBeyond(cluster, between);
        cluster.Run(ServedWithin);
        Assert.All(sessions, session => Assert.Equal("shoes", cluster.On(node: 1, session).Load("cart")));
        View view = cluster.Node(1).Process!.Machine.View;
        for (int number = 1; number <= 100; number++)
        {
            cluster.On(1 + (number % between), sessions[number % sessions.Length]).Commit("cart", $"socks {number}");
            cluster.Run(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(view.Number, cluster.Node(1).Process!.Machine.View.Number);
        cluster.Heal();
        cluster.Settle();
        Assert.All(
            Enumerable.Range(1, nodes),
            node => Assert.StartsWith("socks", cluster.On(node, sessions[0]).Load("cart"), StringComparison.Ordinal));
    }

    /// <summary>
    /// The one that hears both does not hear everybody whose reports would tell it that they do not.
    /// </summary>
    [Fact]
    public void All_sessions_are_served_where_everybody_hears_its_neighbours_only()
    {
        int[] chain = [2, 1, 3, 4];
        var cluster = new SimulatedCluster(nodes: 4);
        cluster.Settle();
        foreach (int node in chain)
        {
            cluster.On(node, $"basket {node}").Commit("cart", "shoes");
        }

        cluster.Settle();
        for (int place = 0; place < chain.Length - 2; place++)
        {
            foreach (int other in chain[(place + 2)..])
            {
                cluster.Cut(chain[place], other);
                cluster.Cut(other, chain[place]);
            }
        }

        cluster.Run(ServedWithin);
        Assert.All(chain, node => Assert.Equal("shoes", cluster.On(node: 1, $"basket {node}").Load("cart")));
        cluster.Heal();
        cluster.Settle();
    }

    private static void CutBeyond(SimulatedCluster cluster, int between)
    {
        int[] near = [.. Enumerable.Range(1, cluster.Nodes.Count).Where(
            node => node < between || node > cluster.Options.Nodes)];
        foreach (int far in Enumerable.Range(between + 1, cluster.Options.Nodes - between))
        {
            foreach (int node in near)
            {
                cluster.Cut(node, far);
                cluster.Cut(far, node);
            }
        }
    }
}
