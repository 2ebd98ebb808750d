using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// What the swarm has found where sides have met (policy Available), each made small. Nodes are numbered from 1.
/// </summary>
public sealed class ReunionTests
{
    private static readonly TimeSpan UntilServed = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Seed 73: the session was removed before node 1 joined; the copy was brought to node 1, and it began the session.
    /// </summary>
    [Fact]
    public void A_session_that_has_ended_is_not_begun_again_by_who_has_joined_since()
    {
        var cluster = Available(nodes: 3);
        cluster.Crash(1);
        cluster.Settle();
        cluster.On(node: 2).Commit("shoes", "1");
        cluster.Partition([1, 2], [3]);
        cluster.Run(UntilServed);

        Assert.Equal(CommitResult.Committed, cluster.On(node: 2).Remove());
        cluster.Restart(1);
        cluster.Run(UntilServed);
        Mend(cluster, 1, 3);
        cluster.Run(UntilServed);
        cluster.Heal();
        cluster.Settle();

        Assert.Equal(LoadResult.NotFound, cluster.On(node: 1).TryLoad()?.Result);
    }

    /// <summary>
    /// Seed 7077: both holders of the newest version died, and a process that had been excluded brought an older one.
    /// </summary>
    [Fact]
    public void What_was_lost_does_not_come_back_as_it_was_before()
    {
        var cluster = Available(nodes: 4);
        cluster.On(node: 1).Commit("shoes", "1");
        int backup = cluster.BackupOf();
        cluster.Pause(backup);
        cluster.Run(UntilServed);
        cluster.On(node: 1).Commit("shoes", "2");
        cluster.Run(UntilServed);
        int next = cluster.HostOf(cluster.Node(1).Process!.Machine.PlacementOf(
            cluster.History.Sessions[0].Id)!.Holders[1].Node) + 1;
        Assert.NotEqual(backup, next);
        cluster.Crash(1, next);
        cluster.Run(UntilServed);
        cluster.Resume(backup);
        cluster.Run(UntilServed);

        Assert.Equal(LoadResult.Lost, cluster.On(backup).TryLoad()?.Result);
    }

    /// <summary>
    /// Seeds 5113 and 5227: two members had the session handed in to two others, which took it from one another for
    /// ever.
    /// </summary>
    [Fact]
    public void What_is_handed_in_at_two_nodes_is_not_passed_round_between_them()
    {
        int takenOver = 0;
        var cluster = Available(nodes: 6, happened => takenOver += happened is SessionTakenOver ? 1 : 0);
        cluster.On(node: 1).Commit("shoes", "1");
        cluster.Partition([1, 2, 3, 4], [5, 6]);
        cluster.Run(UntilServed);
        cluster.On(node: 5).Commit("hat", "1");
        cluster.Run(UntilServed);

        // Each of the two reaches one node of the other side, and neither reaches the session's primary.
        takenOver = 0;
        Mend(cluster, 5, 3);
        cluster.Run(TimeSpan.FromMilliseconds(130));
        Mend(cluster, 6, 4);
        cluster.Run(TimeSpan.FromSeconds(10));
        Assert.InRange(takenOver, 1, 8);
        cluster.Heal();
        cluster.Settle();

        Assert.Equal("1", cluster.On(node: 5).Load("shoes"));
        Assert.Equal("1", cluster.On(node: 1).Load("hat"));
    }

    /// <summary>
    /// Seed 415: the backup could take nothing when it was told, nor when it was told again, and nobody could replace
    /// it.
    /// </summary>
    [Fact]
    public void A_holder_that_could_take_nothing_is_told_until_it_can()
    {
        var cluster = Available(nodes: 2);
        cluster.On(node: 1).Commit("shoes", "1");
        TimeSpan until = cluster.Queue.Now + TimeSpan.FromSeconds(1);
        cluster.Network.Ignored = message => message is Replicate && cluster.Queue.Now < until;

        cluster.On(node: 1).Commit("shoes", "2");

        Assert.Equal("2", cluster.On(node: 2).Load("shoes"));
    }

    /// <summary>
    /// Seed 830001085: digests that were asked for to repair the map came when the asker was excluded, and it took them
    /// for those with which a newcomer begins to join: it asked to be included before the others had what it has.
    /// </summary>
    [Fact]
    public void Who_was_excluded_does_not_ask_to_join_before_the_others_have_what_it_has()
    {
        var cluster = Available(nodes: 4);
        cluster.On(node: 1).Commit("shoes", "1");
        cluster.Settle();
        SimulatedProcess excluded = cluster.Node(cluster.PrimaryOf()).Process!;
        SimulatedProcess member = cluster.Node(cluster.StrangerTo()).Process!;
        cluster.Pause(excluded.Node);
        cluster.Run(UntilServed);
        Assert.False(member.Machine.View.Contains(excluded.Member));
        var said = new List<Message>();
        cluster.Overheard = (sender, envelope) => said.AddRange(sender == excluded ? [envelope.Message] : []);
        cluster.Network.Ignored = static message => message is HandedIn;
        cluster.Resume(excluded.Node);
        cluster.RunUntil(
            () => !excluded.Machine.View.Contains(excluded.Member) && excluded.Links[member.Host] is not null,
            UntilServed, "the excluded one learns of the view");
        for (long request = 0; request < 4; request++)
        {
            excluded.Take(new PeerMessage(member.Member, new MapDigests(request, member.Machine.View.Number, [])));
        }

        cluster.Run(TimeSpan.FromSeconds(1));
        Assert.Contains(said, static message => message is HandIn);
        Assert.DoesNotContain(said, static message => message is JoinRequest { View: < long.MaxValue });
        cluster.Network.Ignored = null;
        cluster.Settle();
        Assert.Equal("1", cluster.On(node: 2).Load("shoes"));
    }

    /// <summary>
    /// Seed 1260000016 of <c>DividedFull</c>: who slept learned that it had been excluded when all who had done that
    /// were dead and others had begun anew. It offered those what it had, began anew itself and had it no more, and
    /// went on to offer it for ever.
    /// </summary>
    [Fact]
    public void What_has_gone_since_it_was_offered_is_not_offered_any_more()
    {
        var cluster = Available(nodes: 4);
        cluster.On(node: 1).Commit("shoes", "1");
        int sleeper = cluster.BackupOf();
        int[] others = [.. Enumerable.Range(1, 4).Where(node => node != sleeper)];
        cluster.Pause(sleeper);
        cluster.Run(UntilServed);
        cluster.Crash(others);
        Array.ForEach(others, cluster.Restart);
        cluster.RunUntil(
            () => cluster.Node(others[0]).Process!.Machine.IsReady,
            TimeSpan.FromSeconds(20), "a cluster that begins anew");

        // That this one's former process is dead it does not know at once.
        cluster.Cut(sleeper, others[^1]);
        cluster.Cut(others[^1], sleeper);
        bool isOffered = false;
        cluster.Overheard = (_, envelope) => isOffered |= envelope.Message is HandIn;
        cluster.Resume(sleeper);
        cluster.RunUntil(() => isOffered, UntilServed, "an offer");
        cluster.Heal();
        cluster.Settle();

        cluster.On(others[0], session: "other").Commit("hat", "1");
        Assert.Equal("1", cluster.On(sleeper, session: "other").Load("hat"));
    }

    /// <summary>
    /// Found by no seed: what came over a former connection, before the first word on the next one, was taken for that
    /// of a process which had only been excluded: older than the end of its session, and so nothing to be taken.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_another_side_hands_in_is_known_to_be_its_own_when_the_connection_is_new(bool isNew)
    {
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            Nodes = 5, PartitionPolicy = PartitionPolicy.Available, IdleTimeout = TimeSpan.FromSeconds(4),
        });
        cluster.Settle();
        cluster.On(node: 4).Commit("shoes", "1");
        SessionId session = cluster.History.Sessions.Single().Id;
        cluster.Settle();
        cluster.Partition([1, 2, 3], [4, 5]);
        cluster.Run(UntilServed / 2);
        Assert.Equal(LoadResult.Found, cluster.On(node: 1).TryLoad()?.Result);
        for (int second = 0; second < 8; second++)
        {
            cluster.Run(TimeSpan.FromSeconds(1));
            Assert.Equal("1", cluster.On(node: 4).Load("shoes"));
        }

        Assert.True(cluster.Node(1).Process!.Machine.PlacementOf(session) is { IsExpired: true });
        (SimulatedProcess By, Member To, HandIn Said)? offer = null;
        cluster.Overheard = (sender, envelope) => offer ??= envelope.Message is HandIn said
            ? (sender, envelope.To, said)
            : null;
        cluster.Network.Ignored = static message => message is HandIn;
        cluster.Heal();
        cluster.RunUntil(() => offer is not null, TimeSpan.FromSeconds(10), "an offer");
        SimulatedProcess taker = cluster.Node(cluster.HostOf(offer!.Value.To.Node) + 1).Process!;
        HandedIn? answer = null;
        cluster.Overheard = (sender, envelope) => answer ??= sender == taker ? envelope.Message as HandedIn : null;
        if (isNew)
        {
            taker.Take(new LinkUp(offer.Value.By.Member, MemberRole.Node));
        }

        taker.Take(new PeerMessage(offer.Value.By.Member, offer.Value.Said));

        Assert.NotEqual(HandInVerdict.Taken, answer?.Verdict);
        cluster.Network.Ignored = null;
        cluster.Settle();
        Assert.Equal("1", cluster.On(node: 1).Load("shoes"));
    }

    private static void Mend(SimulatedCluster cluster, int one, int other)
    {
        cluster.Network.Mend(one - 1, other - 1);
        cluster.Network.Mend(other - 1, one - 1);
    }

    private static SimulatedCluster Available(int nodes, Action<ClusterEvent>? happened = null)
    {
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            Nodes = nodes, PartitionPolicy = PartitionPolicy.Available, Detail = TraceDetail.Transcript,
        })
        {
            Happened = happened ?? (static _ => { }),
        };
        cluster.Settle();
        return cluster;
    }
}
