using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// Two of three let a newcomer in, and die before the third has heard of it. That one must not go on beside the newcomer.
/// Nodes are numbered from 1.
/// </summary>
public sealed class ViewOfTheDeadTests
{
    private const int Left = 3;
    private const int Newcomer = 4;

    /// <summary>
    /// Seed 70087 (<c>Changes</c>): two of three had the third's promise, decided the next view with a newcomer, and died
    /// before they could tell it. It had been in touch with both until then, and did not wait for the newcomer.
    /// </summary>
    [Fact]
    public void Who_has_promised_the_dead_a_view_waits_for_those_that_may_have_entered_it()
    {
        SimulatedCluster cluster = OfThreeAndAnother(out long view);
        SimulatedProcess left = cluster.Node(Left).Process!;
        cluster.Overheard = (_, envelope) =>
        {
            if (envelope.Message is ViewAccept && envelope.To == left.Member)
            {
                cluster.Overheard = null;
                CutOff(cluster);
            }
        };
        CheckThatItWaits(cluster, view);
    }

    /// <summary>
    /// Seed 1479004289 (<c>Full</c>): the third was cut off just before, so nobody called it silent, and it had not even
    /// promised. It waits for a newcomer that it does not hear only where it was called silent.
    /// </summary>
    [Fact]
    public void Nobody_is_let_in_behind_the_back_of_who_is_not_silent_yet()
    {
        SimulatedCluster cluster = OfThreeAndAnother(out long view);
        CutOff(cluster);
        CheckThatItWaits(cluster, view);
    }

    /// <summary>Seed 70087: somebody had asked it to be let into a view after that one, and fell silent.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Who_has_named_a_later_view_before_it_fell_silent_is_waited_for(bool asksToJoin)
    {
        SimulatedCluster cluster = OfThreeAndAnother(out long view);
        SimulatedProcess left = cluster.Node(Left).Process!;
        cluster.Overheard = (_, envelope) =>
        {
            if (envelope.Message is MapDigestsRequest)
            {
                cluster.Overheard = null;
                cluster.Partition([1, 2, Left], [Newcomer]);
            }
        };
        cluster.Restart(Newcomer);
        cluster.RunUntil(() => cluster.Overheard is null, ScenarioVerbs.SettleLimit, "the newcomer is cut off");
        cluster.Run(TimeSpan.FromMilliseconds(10));
        Member newcomer = cluster.Node(Newcomer).Process!.Member;
        left.Take(new PeerMessage(newcomer, asksToJoin
            ? new JoinRequest(view + 1, MemberRole.Node)
            : new Heartbeat(view + 1, MemberStatus.Joining, new Instant(1), 0, 0, null, false, [])));
        cluster.Crash(1, 2);
        cluster.Run(TimeSpan.FromSeconds(3));
        Assert.Equal(view, left.Machine.View.Number);

        cluster.Heal();
        cluster.Settle();
    }

    /// <summary>At once, and whatever was under way to it or from it is lost.</summary>
    private static void CutOff(SimulatedCluster cluster)
    {
        SimulatedProcess left = cluster.Node(Left).Process!;
        cluster.Partition([1, 2, Newcomer], [Left]);
        SimulatedNetwork.Lose(left, cluster.Node(1).Process!);
        SimulatedNetwork.Lose(left, cluster.Node(2).Process!);
    }

    /// <summary>The two let the newcomer in and die; it is not heard by who is left, which may not go on.</summary>
    private static void CheckThatItWaits(SimulatedCluster cluster, long view)
    {
        cluster.Restart(Newcomer);
        cluster.RunUntil(
            () => cluster.Node(Newcomer).Process!.Machine is { IsReady: true } machine && machine.View.Number > view,
            ScenarioVerbs.SettleLimit,
            "the view with the newcomer");

        cluster.Crash(1, 2);
        cluster.Partition([1, 2, Left], [Newcomer]);
        cluster.Run(TimeSpan.FromSeconds(3));
        Assert.Equal(view, cluster.Node(Left).Process!.Machine.View.Number);

        cluster.Heal();
        cluster.Settle();
    }

    /// <summary>Three who live, in a view without a fourth.</summary>
    private static SimulatedCluster OfThreeAndAnother(out long view)
    {
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            Network = new NetworkProfile { DialTimeout = TimeSpan.FromMilliseconds(50) },
        });
        cluster.Settle();
        cluster.Crash(4);
        cluster.Settle();
        view = cluster.Node(1).Process!.Machine.View.Number;
        return cluster;
    }

    /// <summary>
    /// Seed 1511400231 (<c>DividedFull</c>): the others had gone on without the promise of one that was cut off for a
    /// moment, had said something in that view, and died. A process that they had told of the view was not connected
    /// yet, and the one that was left began a second view of that number.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_heard_the_dead_name_a_later_view_waits_for_those_who_may_know_it(bool isHeartbeat)
    {
        const int Survivor = 5;
        const int Started = 4;
        int[] dying = [1, 2, 3];
        var cluster = new SimulatedCluster(nodes: 5);
        cluster.Settle();
        cluster.Run(TimeSpan.FromSeconds(1));
        SimulatedProcess left = cluster.Node(Survivor).Process!;
        Member former = cluster.Node(Started).Process!.Member;
        long view = left.Machine.View.Number;
        Array.ForEach([.. dying, Started], node => cluster.Cut(node, Survivor));
        cluster.Cut(Survivor, Started);
        cluster.Crash(Started);
        cluster.Restart(Started);
        cluster.RunUntil(
            () => cluster.Node(Started).Process!.Machine.View.Number > view, ScenarioVerbs.SettleLimit, "the next view");

        Member teller = cluster.Node(dying[0]).Process!.Member;
        left.Take(new PeerMessage(teller, new DeathNotice(former)));
        left.Take(new PeerMessage(teller, isHeartbeat
            ? new Heartbeat(view + 1, MemberStatus.Up, new Instant(1), 0, 0, null, false, [])
            : new RecordLocations(view + 1, 1, [])));
        cluster.Crash(dying);
        Array.ForEach(dying, node => cluster.Network.Mend(node - 1, Survivor - 1));
        cluster.Run(TimeSpan.FromSeconds(2));
        Assert.Equal(view, left.Machine.View.Number);

        cluster.Heal();
        cluster.Settle();
    }
}
