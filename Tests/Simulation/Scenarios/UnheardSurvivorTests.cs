using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// All whom a process knows to be in the latest view of which it has heard are dead. Others, who joined since, may have
/// gone on with it, and need what it has.
/// </summary>
public sealed class UnheardSurvivorTests
{
    /// <summary>
    /// Seed 1476008561 (<c>Full</c>): a holder that was cut off heard late of a view whose other members had died, and
    /// gave up what it had at once. The one who had joined since waited for it, out of its reach still.
    /// </summary>
    [Fact]
    public void Who_has_nobody_left_of_its_view_waits_for_whom_it_does_not_hear()
    {
        const int Nodes = 5;
        SimulatedCluster cluster = SingleFaultTests.WithBasket(Nodes);
        (int primary, int backup, int survivor) = (cluster.PrimaryOf(), cluster.BackupOf(), cluster.StrangerTo());
        int[] dying = [.. Enumerable.Range(1, Nodes).Where(node => node != backup && node != survivor)];
        SimulatedProcess leader = cluster.Node(primary).Process!;
        SimulatedProcess holder = cluster.Node(backup).Process!;
        Member[] dead = [.. dying.Select(node => cluster.Node(node).Process!.Member)];
        long view = holder.Machine.View.Number;
        cluster.Partition([.. dying, survivor], [backup]);
        cluster.Crash(survivor);
        cluster.RunUntil(() => leader.Machine.View.Number > view, TimeSpan.FromSeconds(1), "a view of four");

        // That is the last it hears of them; the map of that view does not come any more.
        holder.Take(new PeerMessage(leader.Member, new ViewInstall(leader.Machine.View, [])));
        cluster.Restart(survivor);
        cluster.RunUntil(
            () => cluster.Node(survivor).Process!.Machine is { IsReady: true } machine
                && machine.View.Contains(holder.Member),
            TimeSpan.FromSeconds(1), "a view of five");
        cluster.Crash(dying);
        cluster.Heal();
        cluster.Cut(survivor, backup);
        cluster.Cut(backup, survivor);
        cluster.RunUntil(
            () => Array.TrueForAll(dead, holder.Machine.Inspection.IsGone),
            TimeSpan.FromSeconds(2), "word of the deaths");
        cluster.Run(TimeSpan.FromSeconds(2));

        cluster.Heal();
        cluster.Settle();
        Assert.Equal("shoes", cluster.On(survivor).Load("cart"));
    }

    /// <summary>Nobody is left who could be waited for: a cluster that has died begins anew without delay.</summary>
    [Fact]
    public void Who_is_refused_by_everybody_waits_for_nobody()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 3);
        (int primary, int backup, int third) = (cluster.PrimaryOf(), cluster.BackupOf(), cluster.StrangerTo());
        SimulatedProcess left = cluster.Node(third).Process!;
        cluster.Partition([primary, backup], [third]);
        cluster.RunUntil(
            () => !cluster.Node(primary).Process!.Machine.View.Contains(left.Member),
            ScenarioVerbs.SettleLimit, "a view of two");
        cluster.Heal();
        cluster.RunUntil(
            () => !left.Machine.View.Contains(left.Member), ScenarioVerbs.SettleLimit, "word of the view");
        long without = left.Machine.View.Number;
        cluster.Crash(primary, backup);

        cluster.RunUntil(() => left.Machine.View.Number < without, TimeSpan.FromSeconds(2), "a new beginning");
    }
}
