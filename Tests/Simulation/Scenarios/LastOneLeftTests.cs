using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// Whoever is left of its view when all others are dead may be the last one, or the one that they had gone on without.
/// </summary>
public sealed class LastOneLeftTests
{
    /// <summary>
    /// Seed 300923: a node was stopped while the cluster went on without it, and while everybody whom it knew began
    /// anew. When it went on it met their new processes, took itself for the last one left, and served what it had.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Who_slept_while_all_others_began_anew_is_not_the_last_one_left(ulong seed)
    {
        const int Sleeper = 4;
        var cluster = new SimulatedCluster(nodes: 4, seed, voter: true);
        cluster.Settle();
        cluster.On(Sleeper).Commit("cart", "shoes");
        cluster.Settle();
        int heir = cluster.BackupOf();
        int[] others = [1, 2, 3, cluster.BalancerHost + 1];
        int last = others.Last(node => node != heir);
        var untilAllIsWell = TimeSpan.FromSeconds(5);
        cluster.Partition([], [Sleeper]);
        cluster.Pause(Sleeper);
        cluster.Run(untilAllIsWell);
        cluster.On(heir).Commit("cart", "socks");
        foreach (int node in others)
        {
            cluster.Crash(node);
            cluster.Run(untilAllIsWell);
            if (node != last)
            {
                cluster.Restart(node);
                cluster.Run(untilAllIsWell);
            }
        }

        cluster.Heal();
        cluster.Restart(last);
        cluster.Resume(Sleeper);
        SimulatedProcess process = cluster.Node(Sleeper).Process!;
        cluster.RunUntil(
            () => others.All(node => process.Links[node - 1] is not null),
            ScenarioVerbs.SettleLimit,
            "its connections");
        foreach (int node in others.Where(node => node != last))
        {
            // The one that has just started is the first to say that it hears the sleeper.
            cluster.Network.Condition(node - 1, Sleeper - 1).Clog = TimeSpan.FromMilliseconds(50);
        }

        Assert.Equal("socks", cluster.On(Sleeper).Load("cart"));
    }

    /// <summary>
    /// Seed 61011341: the tie-breaker had gone on with a newcomer, and died. The other one took what the newcomer had
    /// said before that for an answer, and began a second view of that number.
    /// </summary>
    [Fact]
    public void What_a_silent_peer_said_before_a_death_does_not_tell_whether_the_dead_had_gone_on()
    {
        const int TieBreaker = 1;
        const int Other = 2;
        const int Newcomer = 3;
        var cluster = new SimulatedCluster(nodes: 3);
        cluster.Settle();
        cluster.Crash(Newcomer);
        cluster.Settle();
        long view = cluster.Node(Other).Process!.Machine.View.Number;
        cluster.Cut(TieBreaker, Other);
        cluster.Cut(Other, TieBreaker);
        cluster.Restart(Newcomer);
        cluster.Run(TimeSpan.FromMilliseconds(400));
        cluster.Cut(Newcomer, Other);
        cluster.Cut(Other, Newcomer);
        cluster.RunUntil(
            () => cluster.Node(Newcomer).Process!.Machine is { IsReady: true } machine && machine.View.Number > view,
            ScenarioVerbs.SettleLimit,
            "the view with the newcomer");

        cluster.Crash(TieBreaker);
        cluster.Network.Mend(TieBreaker - 1, Other - 1);
        cluster.Network.Mend(Other - 1, TieBreaker - 1);
        cluster.Run(TimeSpan.FromSeconds(2));

        // Seed 93009057: what it said before comes only now.
        SimulatedProcess left = cluster.Node(Other).Process!;
        left.Take(new PeerMessage(cluster.Node(Newcomer).Process!.Member, new Heartbeat(
            view, MemberStatus.Joining, new Instant(1), 0, 0, null, false, [])));
        cluster.Run(TimeSpan.FromSeconds(2));
        Assert.Equal(view, cluster.Node(Other).Process!.Machine.View.Number);

        cluster.Heal();
        cluster.Settle();
    }

    /// <summary>
    /// Seed 93009130: two of three had gone on with a newcomer and died at once; the third was in touch until then, and
    /// began a second view of that number.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Who_was_in_touch_with_the_dead_asks_those_outside_whether_a_view_has_followed(ulong seed)
    {
        const int Left = 3;
        const int Newcomer = 4;
        var cluster = new SimulatedCluster(nodes: 4, seed);
        cluster.Settle();
        cluster.Crash(Newcomer);
        cluster.Settle();
        long view = cluster.Node(Left).Process!.Machine.View.Number;
        cluster.Cut(1, Left);
        cluster.Cut(2, Left);
        cluster.Restart(Newcomer);
        cluster.RunUntil(
            () => cluster.Node(Newcomer).Process!.Machine.View is var known && known.Number > view,
            ScenarioVerbs.SettleLimit,
            "the view with the newcomer");

        Assert.Equal(view, cluster.Node(Left).Process!.Machine.View.Number);
        cluster.Crash(1, 2);
        cluster.Heal();
        cluster.Settle();
    }

    /// <summary>
    /// Seed 93004989: a member of an older cluster was stopped, and taken for one as fresh as those who founded.
    /// </summary>
    [Fact]
    public void Who_is_silent_may_have_become_a_member_elsewhere_and_is_waited_for()
    {
        var cluster = new SimulatedCluster(
            new ClusterOptions { Nodes = 3, Detail = TraceDetail.Transcript }, starts: false);
        cluster.Partition([2, 3], [1]);
        cluster.Restart(2);
        cluster.Restart(3);
        cluster.Run(TimeSpan.FromSeconds(1));
        cluster.Pause(3);
        cluster.Run(TimeSpan.FromSeconds(2));
        cluster.Heal();
        cluster.Restart(1);
        cluster.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(0, cluster.Node(2).Process!.Machine.View.Number);

        cluster.Resume(3);
        cluster.Settle();
    }

    /// <summary>
    /// Seed 96002415 of the profile Brief: all members of the last view that it knew were gone, and it dropped what it
    /// had, though somebody had told it of a later view.
    /// </summary>
    [Fact]
    public void Who_hears_of_a_later_view_does_not_begin_anew()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 3);
        SessionId session = cluster.History.Sessions.Single().Id;
        Member primary = cluster.Node(cluster.PrimaryOf()).Process!.Member;
        Member other = cluster.Node(cluster.StrangerTo()).Process!.Member;
        SimulatedProcess excluded = cluster.Node(cluster.BackupOf()).Process!;
        View view = excluded.Machine.View;
        cluster.Partition([cluster.PrimaryOf()], [cluster.BackupOf()], [cluster.StrangerTo()]);
        var without = new View(
            view.Number + 1, [.. view.Members.Where(member => member.Member == primary)], [excluded.Member]);

        excluded.Take(new PeerMessage(primary, new ViewInstall(without, [])));
        excluded.Take(new PeerMessage(other, new Heartbeat(
            without.Number + 1, MemberStatus.Up, new Instant(1), 0, 0, null, false, [])));
        excluded.Take(new PeerMessage(other, new DeathNotice(primary)));
        cluster.Run(TimeSpan.FromMilliseconds(300));

        Assert.NotNull(excluded.Machine.StateOf(session));
    }

    /// <summary>
    /// Seed 951000619 (<c>Single</c>): all that the cluster had died with its last member, as the one that began anew
    /// knew. Those who founded the next one with it had never heard of the sessions, and took none of that.
    /// </summary>
    [Theory]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public void What_was_lost_is_still_said_to_be_lost_by_the_next_cluster(int nodes, bool isSlow)
    {
        int excluded = nodes;
        int[] others = [.. Enumerable.Range(1, nodes - 1)];
        var cluster = new SimulatedCluster(nodes);
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        cluster.Partition(others, [excluded]);
        SimulatedProcess process = cluster.Node(excluded).Process!;
        cluster.RunUntil(
            () =>
                !cluster.Node(1).Process!.Machine.View.Contains(process.Member), ScenarioVerbs.SettleLimit, "the view");
        cluster.Heal();
        cluster.RunUntil(
            () => !process.Machine.View.Contains(process.Member), ScenarioVerbs.SettleLimit, "the news of the view");
        Array.ForEach(others, node => cluster.Kill(cluster.Node(node), losesHost: true));
        Array.ForEach(others, cluster.Restart);
        cluster.RunUntil(() => process.Machine.View.Number == 0, ScenarioVerbs.SettleLimit, "it begins anew");
        cluster.Network.Condition(excluded - 1, 0).Clog = isSlow ? TimeSpan.FromMilliseconds(50) : TimeSpan.Zero;
        cluster.Settle();
        Assert.All(
            Enumerable.Range(1, nodes), node => Assert.Equal(LoadResult.Lost, cluster.On(node).TryLoad()?.Result));
    }

    /// <summary>
    /// Seed 1477503467 (<c>Full</c>): a holder slept while the others went on twice and died. What they had said in a
    /// view of which nobody else was left came to it late, and it waited for that view for ever: it did not lead what
    /// it had, nor took anything more of it.
    /// </summary>
    [Fact]
    public void What_was_told_in_a_view_of_the_dead_does_not_bind_who_goes_on_without_them()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 3);
        int holder = cluster.BackupOf();
        int[] dying = [cluster.PrimaryOf(), cluster.StrangerTo()];
        SimulatedProcess left = cluster.Node(holder).Process!;
        long view = left.Machine.View.Number;
        TellOfLaterView(cluster);
        cluster.Crash(dying);
        cluster.RunUntil(() => left.Machine.View.Number == view + 1, TimeSpan.FromSeconds(2), "a view of one");

        Assert.Equal("shoes", cluster.On(holder).Load("cart"));
        Array.ForEach(dying, cluster.Restart);
        cluster.Settle();
        cluster.On(dying[0]).Commit("cart", "socks");
        cluster.Settle();
    }

    /// <summary>The other of two who are left knows of no death, and asks nobody; so it is told.</summary>
    [Fact]
    public void Who_goes_on_for_the_dead_tells_all_who_decide_with_it_that_they_are_dead()
    {
        const int Nodes = 5;
        SimulatedCluster cluster = SingleFaultTests.WithBasket(Nodes);
        (int primary, int holder, int other) = (cluster.PrimaryOf(), cluster.BackupOf(), cluster.StrangerTo());
        int[] dying = [.. Enumerable.Range(1, Nodes).Where(node => node != holder && node != other)];
        SimulatedProcess left = cluster.Node(holder).Process!;
        long view = left.Machine.View.Number;
        TellOfLaterView(cluster);
        cluster.Partition([.. dying, other], [holder]);
        cluster.Crash(dying);

        // Its connections are given up meanwhile, so nobody tells it again what it has missed.
        cluster.Run(TimeSpan.FromSeconds(4));
        cluster.Network.Mend(other - 1, holder - 1);
        cluster.Network.Mend(holder - 1, other - 1);
        cluster.RunUntil(() => left.Machine.View.Number == view + 1, TimeSpan.FromSeconds(7), "a view of two");

        Assert.DoesNotContain(left.Machine.View.Members, member => member.Member.Node == cluster.Node(primary).Id);
        Assert.Equal("shoes", cluster.On(holder).Load("cart"));
    }

    /// <summary>The primary had gone on to a view of which the backup has not heard.</summary>
    private static void TellOfLaterView(SimulatedCluster cluster)
    {
        SessionId session = cluster.History.Sessions.Single().Id;
        SimulatedProcess primary = cluster.Node(cluster.PrimaryOf()).Process!;
        SimulatedProcess backup = cluster.Node(cluster.BackupOf()).Process!;
        Configuration present = primary.Machine.ConfigurationOf(session);
        var state = new ReplicatePayload(null, primary.Machine.StateOf(session));
        backup.Take(new PeerMessage(primary.Member, new Replicate(
            session, new HolderVersion(present.Counter, 9), -1, state, TimeSpan.Zero, present,
            backup.Machine.View.Number + 2)));
    }
}
