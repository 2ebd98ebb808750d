using SessionCluster.Replication;
using SessionCluster.Replication.Sessions;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>An end of a session that only a few have recorded may come to nothing.</summary>
public sealed class EndInDoubtTests
{
    private const int Primary = 2;
    private const int Ignorant = 1;

    /// <summary>
    /// Found by reading: who has never heard of a session asks the others. One of them has recorded the end that the
    /// primary wants, and nobody else has; that is no quorum's word either.
    /// </summary>
    [Fact]
    public void Who_is_told_of_it_on_asking_does_not_call_the_session_gone()
    {
        var cluster = new SimulatedCluster(nodes: 5);
        cluster.Settle();
        cluster.Cut(Primary, Ignorant);
        cluster.On(Primary).Commit("cart", "shoes");
        cluster.Run(TimeSpan.FromMilliseconds(20));
        SessionHistory history = cluster.History.Sessions.Single();
        Assert.Null(cluster.Node(Ignorant).Process!.Machine.PlacementOf(history.Id));
        Placement placement = cluster.Node(Primary).Process!.Machine.PlacementOf(history.Id)!;
        int witness = Enumerable.Range(1, 5).First(
            node => node is not Primary and not Ignorant && !placement.Contains(cluster.Node(node).Process!.Member));
        foreach (int other in Enumerable.Range(1, 5).Except([Primary, Ignorant, witness]))
        {
            cluster.Cut(Primary, other);
            cluster.Cut(other, Ignorant);
        }

        cluster.On(Primary).Ask(new RemoveRequest(history, static _ => { }));
        cluster.RunUntil(
            () => cluster.Node(witness).Process!.Machine.PlacementOf(history.Id) is { IsRemoved: true },
            TimeSpan.FromMilliseconds(100), "the end at one of them");
        LoadResult? result = null;
        cluster.On(Ignorant).Ask(new LoadRequest(history, answer => result = answer?.Result));
        cluster.Run(TimeSpan.FromMilliseconds(50));

        Assert.Null(result);
        cluster.Crash(Primary);
        cluster.Heal();
        cluster.Settle();
    }

    /// <summary>
    /// Seed 3000000193 of <c>Single</c>: a member that enters a view later than the others gets with its map what they
    /// have recorded since. It took every end in that map for one of these, and answered "unavailable" for 5 s.
    /// </summary>
    [Fact]
    public void Who_enters_a_view_late_still_knows_which_sessions_had_ended_before()
    {
        (SimulatedCluster cluster, SimulatedProcess late) = WithOneThatIsLate(static _ => { });

        Assert.Equal(LoadResult.NotFound, SoonAt(cluster, late, "old"));
    }

    /// <summary>
    /// The same seed: nor is it reminded of an end of which it knows nothing, or nothing any more. It asks for that
    /// session as for any other of which it has never heard.
    /// </summary>
    [Fact]
    public void Who_enters_a_view_late_doubts_no_end_of_which_it_knows_nothing()
    {
        (SimulatedCluster cluster, SimulatedProcess late) = WithOneThatIsLate(static cluster =>
        {
            // In one part of the map with the other, which brings it there.
            Create(cluster, node: 1, session: "brief 102");
            Assert.Equal(
                LocationMap.BucketOf(Find(cluster, "young")!.Id), LocationMap.BucketOf(Find(cluster, "brief 102")!.Id));
            Assert.Equal(CommitResult.Committed, cluster.On(node: 1, session: "brief 102").Remove());
        });

        Assert.Equal(LoadResult.NotFound, SoonAt(cluster, late, "brief 102"));
    }

    /// <summary>
    /// 179591869800009 (Divided): of an end that came with that map, of a session that it knew, it waited for 5 s until
    /// time decided, and those who asked for the session were told "unavailable"; all others knew.
    /// </summary>
    [Fact]
    public void Who_doubts_an_end_asks_the_others_as_soon_as_somebody_wants_to_know()
    {
        (SimulatedCluster cluster, SimulatedProcess late) = WithOneThatIsLate(
            static cluster => Assert.Equal(
                CommitResult.Committed, cluster.On(node: 1, session: "ended meanwhile").Remove()));

        Assert.Equal(LoadResult.NotFound, SoonAt(cluster, late, "ended meanwhile"));
    }

    /// <summary>
    /// 1512100050 (Full, with small bounds): a lease ran out in the sleep of its process, and what had gathered renewed it
    /// before anybody looked. What the process had been told before it slept, it took for decided too soon.
    /// </summary>
    [Fact]
    public void A_lease_that_ran_out_in_sleep_puts_off_what_time_decides()
    {
        var cluster = new SimulatedCluster(nodes: 4);
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        SessionId session = cluster.History.Sessions.Single().Id;
        int node = cluster.StrangerTo();
        SimulatedProcess told = cluster.Node(node).Process!;

        // That a quorum has the end is lost on the way to it.
        cluster.On(node: 1).Ask(new RemoveRequest(cluster.History.Sessions.Single(), static _ => { }));
        cluster.RunUntil(
            () => told.Machine.Inspection.MayStillLive(session), TimeSpan.FromMilliseconds(100), "the news of the end");
        Instant toldAt = told.Now;
        View view = told.Machine.View;
        cluster.Cut(1, to: node);
        cluster.Run(TimeSpan.FromMilliseconds(20));
        cluster.BreakConnection(1, node);
        cluster.Heal();

        cluster.Run(TimeSpan.FromSeconds(4.5));
        Assert.True(told.Machine.Inspection.MayStillLive(session));
        cluster.Pause(node);
        cluster.RunUntil(() => !told.Machine.HasPermission(told.Now), TimeSpan.FromSeconds(3), "the end of its lease");
        Instant lapsedAt = told.Now;
        cluster.Resume(node);
        cluster.RunUntil(() => told.Now - toldAt > TimeSpan.FromSeconds(5.5), TimeSpan.FromSeconds(1), "the time");

        Assert.Same(view, told.Machine.View);
        Assert.True(told.Machine.HasPermission(told.Now));
        Assert.True(told.Machine.Inspection.MayStillLive(session));
        cluster.RunUntil(
            () => !told.Machine.Inspection.MayStillLive(session), TimeSpan.FromSeconds(5), "what time decides");
        Assert.True(told.Now - lapsedAt >= TimeSpan.FromSeconds(5));
        cluster.Settle();
    }

    /// <summary>
    /// Found by reading: a user may set longer silences, and whoever wanted the end recorded is excluded later then. Time
    /// decided after 5 s all the same, when that one, cut off from all others, was still a member.
    /// </summary>
    [Fact]
    public void Where_silence_may_last_longer_time_decides_later()
    {
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            Nodes = 4, SuspectAfter = TimeSpan.FromSeconds(8), HeartbeatInterval = TimeSpan.FromSeconds(1.6),
        });
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        SessionId session = cluster.History.Sessions.Single().Id;
        int node = cluster.StrangerTo();
        SimulatedProcess told = cluster.Node(node).Process!;
        foreach (int other in Enumerable.Range(2, 3).Where(other => other != node))
        {
            cluster.Cut(1, other);
        }

        cluster.On(node: 1).Ask(new RemoveRequest(cluster.History.Sessions.Single(), static _ => { }));
        cluster.RunUntil(
            () => told.Machine.Inspection.MayStillLive(session), TimeSpan.FromMilliseconds(100), "the news of the end");
        cluster.Cut(1, node);
        View view = told.Machine.View;

        cluster.Run(TimeSpan.FromSeconds(7));
        Assert.Same(view, told.Machine.View);
        Assert.True(told.Machine.Inspection.MayStillLive(session));
        cluster.Heal();
        cluster.Settle();
    }

    private static LoadResult? SoonAt(SimulatedCluster cluster, SimulatedProcess process, string session)
    {
        LoadResult? result = null;
        process.Ask(new LoadRequest(Find(cluster, session)!, answer => result = answer?.Result));
        cluster.Run(TimeSpan.FromMilliseconds(50));
        return result;
    }

    /// <summary>Four of five go on without a dead one; what they say to the last meanwhile is lost.</summary>
    private static (SimulatedCluster Cluster, SimulatedProcess Late) WithOneThatIsLate(Action<SimulatedCluster> meanwhile)
    {
        var cluster = new SimulatedCluster(nodes: 5);
        cluster.Settle();
        cluster.On(node: 1, session: "old").Commit("cart", "shoes");
        cluster.On(node: 1, session: "ended meanwhile").Commit("cart", "boots");
        cluster.Settle();
        Assert.Equal(CommitResult.Committed, cluster.On(node: 1, session: "old").Remove());
        cluster.Settle();
        SimulatedProcess late = cluster.Node(5).Process!;
        long view = late.Machine.View.Number;
        int[] others = [1, 2, 3];
        Array.ForEach(others, other => cluster.Cut(other, to: 5));
        cluster.Crash(4);
        cluster.RunUntil(
            () => others.All(other => cluster.Node(other).Process!.Machine is { IsReady: true } machine
                && machine.View.Number > view),
            TimeSpan.FromSeconds(0.8), "a view without the dead");
        Create(cluster, node: 1, session: "young");
        cluster.Run(TimeSpan.FromMilliseconds(20));
        meanwhile(cluster);
        Assert.Equal(view, late.Machine.View.Number);
        Array.ForEach(others, other => cluster.BreakConnection(other, 5));
        cluster.Heal();
        cluster.RunUntil(
            () => late.Machine is { IsReady: true } machine && machine.View.Number > view, TimeSpan.FromSeconds(1), "it");
        Assert.NotNull(late.Machine.PlacementOf(Find(cluster, "young")!.Id));
        return (cluster, late);
    }

    private static SessionHistory? Find(SimulatedCluster cluster, string name) =>
        cluster.History.Sessions.FirstOrDefault(known => known.Name == name);

    private static void Create(SimulatedCluster cluster, int node, string session)
    {
        NodeDoor door = cluster.On(node, session);
        long number = cluster.History.NextNumber();
        door.Ask(new CommitRequest(
            Find(cluster, session)!, new WriteRecord(number, [new KeyWrite("cart", HasBody: false)]),
            SessionDelta.Setting("cart", WorkloadValue.Of(number, "hat")), creates: true, static _ => { }));
    }
}
