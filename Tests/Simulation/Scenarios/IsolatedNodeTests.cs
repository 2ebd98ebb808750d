using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// One of three nodes is cut off from the two others, and the voter hears all three: it is half of the view with the
/// voter, and the rest is so as well.
/// </summary>
public sealed class IsolatedNodeTests
{
    private static readonly TimeSpan ServedWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RestsFor = TimeSpan.FromSeconds(10);

    /// <summary>Longer than a holder that is out of reach is waited for.</summary>
    private static readonly TimeSpan UntilAlone = TimeSpan.FromSeconds(5);

    /// <summary>
    /// It went on as the only holder of what it served, for as long as the ways were cut: its death would have lost that.
    /// </summary>
    [Theory]
    [InlineData(1, true, true)]
    [InlineData(2, true, true)]
    [InlineData(3, true, true)]
    [InlineData(1, true, false)]
    [InlineData(3, true, false)]
    [InlineData(1, false, true)]
    [InlineData(3, false, true)]
    public void The_others_go_on_without_it_and_protect_what_it_held(int isolated, bool isCutThere, bool isCutBack)
    {
        var cluster = new SimulatedCluster(nodes: 3, voter: true);
        string[] sessions = ["basket 1", "basket 2", "basket 3"];
        WithBaskets(cluster, sessions);
        int[] others = [.. Enumerable.Range(1, 3).Where(node => node != isolated)];
        long before = ViewOf(cluster, others[0]);
        Isolate(cluster, isolated, others, isCutThere, isCutBack);
        cluster.Run(ServedWithin);

        // A session that was just given away over a way that is cut needs a view of its own.
        long rests = ViewOf(cluster, others[0]);
        Assert.InRange(rests, before + 1, before + 2);
        foreach (string session in sessions)
        {
            Assert.Equal("shoes", cluster.On(others[0], session).Load("cart"));
            cluster.On(others[1], session).Commit("cart", "socks");
            Assert.Equal(others, HoldersOf(cluster, others[0], session));
        }

        cluster.Run(RestsFor);
        Assert.Equal(rests, ViewOf(cluster, others[0]));
        cluster.Heal();
        cluster.Settle();
        Assert.All(sessions, session => Assert.Equal("socks", cluster.On(isolated, session).Load("cart")));
    }

    /// <summary>
    /// Story 1795890018 (<c>--change Join</c>): a newcomer was let in, beside whom the voter was not enough for it any
    /// more. Nobody served what it alone had, for as long as the ways were cut.
    /// </summary>
    [Fact]
    public void A_newcomer_takes_no_session_away()
    {
        var cluster = new SimulatedCluster(nodes: 4, voter: true);
        cluster.Settle();
        cluster.Crash(4);
        string[] sessions = ["basket 1", "basket 2", "basket 3"];
        WithBaskets(cluster, sessions);
        Isolate(cluster, isolated: 1, [2, 3], isCutThere: true, isCutBack: true);
        cluster.Cut(1, 4);
        cluster.Cut(4, 1);
        string kept = cluster.On(1, "basket 1").TryCommit("cart", "socks") == CommitResult.Committed ? "socks" : "shoes";
        cluster.Run(UntilAlone);
        cluster.Restart(4);
        cluster.Run(ServedWithin);

        Assert.Equal(kept, cluster.On(4, "basket 1").Load("cart"));
        Assert.All(sessions[1..], session => Assert.Equal("shoes", cluster.On(4, session).Load("cart")));
        cluster.Heal();
        cluster.Settle();
    }

    /// <summary>Where two nodes only are left, each has the voter, and goes on: neither could be protected by the other.</summary>
    [Fact]
    public void Of_two_nodes_both_stay()
    {
        var cluster = new SimulatedCluster(nodes: 2, voter: true);
        WithBaskets(cluster, ["basket 1", "basket 2"]);
        long before = ViewOf(cluster, 1);
        Isolate(cluster, isolated: 1, [2], isCutThere: true, isCutBack: true);
        cluster.Run(ServedWithin);

        Assert.Equal(before, ViewOf(cluster, 1));
        Assert.Equal(before, ViewOf(cluster, 2));
        cluster.Heal();
        cluster.Settle();
    }

    private static void WithBaskets(SimulatedCluster cluster, string[] sessions)
    {
        cluster.Settle();
        for (int number = 0; number < sessions.Length; number++)
        {
            cluster.On(number + 1, sessions[number]).Commit("cart", "shoes");
        }

        cluster.Settle();
    }

    private static void Isolate(SimulatedCluster cluster, int isolated, int[] others, bool isCutThere, bool isCutBack)
    {
        foreach (int other in others)
        {
            if (isCutThere)
            {
                cluster.Cut(isolated, other);
            }

            if (isCutBack)
            {
                cluster.Cut(other, isolated);
            }
        }
    }

    private static long ViewOf(SimulatedCluster cluster, int node) => cluster.Node(node).Process!.Machine.View.Number;

    private static int[] HoldersOf(SimulatedCluster cluster, int asked, string session) =>
    [
        .. cluster.Node(asked).Process!.Machine.PlacementOf(cluster.History.Sessions.First(known => known.Name == session).Id)!
            .Holders.Select(holder => cluster.HostOf(holder.Node) + 1).Order(),
    ];
}
