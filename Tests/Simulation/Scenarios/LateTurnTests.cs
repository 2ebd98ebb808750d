using System.Globalization;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation.Scenarios;

/// <summary>
/// Found by the swarm once few bytes may be under way at once (1511300190): a session whose backup left waited for its turn
/// to get another, was given to a third node meanwhile, and was led by both when its turn came. What the other had
/// answered since was lost. With the count that there was before, it took more than 512 sessions that waited.
/// </summary>
public sealed class LateTurnTests
{
    private const int Sessions = 400;

    [Fact]
    public void A_session_that_was_given_away_while_it_waited_for_a_backup_is_led_by_one_node_only()
    {
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            Nodes = 4, HasVoter = true, Slices = new SliceOptions { WindowBytes = 1 }, Detail = TraceDetail.Transcript,
        });
        cluster.Settle();
        string[] names =
        [
            .. Enumerable.Range(0, Sessions).Select(
                static number => string.Create(CultureInfo.InvariantCulture, $"s{number}")),
        ];
        foreach (string name in names)
        {
            cluster.On(node: 1, session: name).Commit("cart", "shoes");
        }

        SimulatedProcess primary = cluster.Node(1).Process!;
        SimulatedProcess leaving = cluster.Node(2).Process!;
        string[] moving = [.. names.Where(name => IsOn(primary, leaving, Named(cluster, name)))];
        cluster.StartDrain(cluster.Node(2));
        cluster.RunUntil(
            () => moving.Any(name => !IsOn(primary, leaving, Named(cluster, name))), TimeSpan.FromSeconds(5), "a turn");

        // Those used last have their turn first.
        Assert.Equal("shoes", cluster.On(node: 3, session: moving[0]).Load("cart"));
        cluster.On(node: 3, session: moving[0]).Commit("cart", "socks");
        Assert.True(IsOn(primary, leaving, Named(cluster, moving[1])), "All had their turn before it was given away.");
        cluster.RunUntil(() => leaving.IsDrained, ScenarioVerbs.SettleLimit, "the end of the drain");
        cluster.Crash(2);
        cluster.Settle();

        Assert.Equal("socks", cluster.On(node: 4, session: moving[0]).Load("cart"));
        cluster.Heal();
        cluster.Settle();
    }

    private static SessionHistory Named(SimulatedCluster cluster, string name) =>
        cluster.History.Sessions.Single(session => session.Name == name);

    private static bool IsOn(SimulatedProcess primary, SimulatedProcess holder, SessionHistory session) =>
        primary.Machine.PlacementOf(session.Id)!.Holders.Contains(holder.Member);
}
