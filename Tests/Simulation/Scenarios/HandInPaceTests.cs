using System.Globalization;
using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// Seed 1511710588 (<c>Divided</c>): a side came back with more sessions than are handed in at once, over a way to one
/// of two nodes only. Those of the other node each waited for a repetition, and it was not back in time.
/// </summary>
public sealed class HandInPaceTests
{
    private const int Owner = 1;
    private const int Other = 2;
    private const int Back = 3;
    private const int Sessions = 40;

    [Fact]
    public void Nothing_is_waited_for_where_the_owner_of_what_is_handed_in_is_known_to_be_out_of_reach()
    {
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            Nodes = 3, Backups = 2, PartitionPolicy = PartitionPolicy.Available, Detail = TraceDetail.Transcript,
            Slices = new SliceOptions { WindowBytes = 1 },
        });
        cluster.Settle();
        string[] sessions = [.. Enumerable.Range(0, Sessions).Select(number =>
            string.Create(CultureInfo.InvariantCulture, $"s{number}"))];
        Array.ForEach(sessions, session => cluster.On(Owner, session).Commit("cart", "shoes"));
        cluster.Partition([Owner, Other], [Back]);
        cluster.Run(TimeSpan.FromSeconds(6));
        Array.ForEach(sessions, session => cluster.On(Back, session).Commit("cart", "socks"));
        cluster.Heal();
        cluster.Cut(Owner, Back);
        cluster.Cut(Back, Owner);
        SimulatedProcess back = cluster.Node(Back).Process!;
        cluster.RunUntil(
            () => back.Machine is { IsReady: true, View.Members.Count: 3 }, TimeSpan.FromSeconds(5), "a view of all");

        Assert.All(sessions, session => Assert.Equal("socks", cluster.On(Other, session).Load("cart")));
        cluster.Heal();
        cluster.Settle();
    }
}
