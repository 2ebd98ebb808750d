using SessionCluster.Replication;
using SessionCluster.Replication.Membership;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation.Scenarios;

/// <summary>The policy Available, told with few nodes and few requests.</summary>
public sealed class DivisionTests
{
    private static readonly TimeSpan UntilServed = TimeSpan.FromSeconds(4);

    [Fact]
    public void Both_sides_serve_and_the_later_version_of_a_key_stays()
    {
        var (cluster, merges) = FourNodes();
        cluster.On(1).Commit("shoes", "1");
        int backup = cluster.BackupOf();
        int[] others = [.. Enumerable.Range(2, 3).Where(node => node != backup)];

        cluster.Partition([1, others[0]], [backup, others[1]]);
        cluster.Run(UntilServed);
        cluster.On(1).Commit("shoes", "2");
        cluster.On(backup).Commit("shoes", "3");
        cluster.On(backup).Commit("shoes", "4");
        cluster.On(1).Commit("hat", "1");
        cluster.Heal();
        cluster.Settle();

        Assert.Equal("4", cluster.On(others[0]).Load("shoes"));
        Assert.Equal("1", cluster.On(others[1]).Load("hat"));
        Assert.Equal(1, merges.Sum(static merge => merge.Overwritten));
    }

    [Fact]
    public void Of_equal_versions_that_of_the_smaller_name_stays()
    {
        var (cluster, merges) = FourNodes();
        cluster.On(1).Commit("shoes", "1");
        int backup = cluster.BackupOf();
        int[] others = [.. Enumerable.Range(2, 3).Where(node => node != backup)];

        cluster.Partition([1, others[0]], [backup, others[1]]);
        cluster.Run(UntilServed);
        cluster.On(backup).Commit("shoes", "3");
        cluster.On(1).Commit("shoes", "2");
        cluster.Heal();
        cluster.Settle();

        Assert.Equal("2", cluster.On(backup).Load("shoes"));
        Assert.Equal(1, merges.Sum(static merge => merge.Overwritten));
    }

    [Fact]
    public void A_session_that_one_side_has_ended_is_gone_whatever_the_other_has_changed()
    {
        var (cluster, _) = FourNodes();
        cluster.On(1).Commit("shoes", "1");
        int backup = cluster.BackupOf();
        int[] others = [.. Enumerable.Range(2, 3).Where(node => node != backup)];

        cluster.Partition([1, others[0]], [backup, others[1]]);
        cluster.Run(UntilServed);
        cluster.On(backup).Remove();
        cluster.On(1).Commit("shoes", "2");
        cluster.Heal();
        cluster.Settle();

        Assert.Equal(LoadResult.NotFound, cluster.On(1).TryLoad()?.Result);
    }

    [Fact]
    public void A_side_without_a_copy_begins_anew_and_nothing_is_overwritten_by_it()
    {
        var (cluster, merges) = FourNodes();
        cluster.On(1).Commit("shoes", "1");
        int backup = cluster.BackupOf();
        int[] others = [.. Enumerable.Range(2, 3).Where(node => node != backup)];

        cluster.Partition([1, backup], others);
        cluster.Run(UntilServed);
        cluster.On(others[0]).Commit("hat", "1");
        cluster.Heal();
        cluster.Settle();

        Assert.Equal("1", cluster.On(1).Load("shoes"));
        Assert.Equal("1", cluster.On(others[1]).Load("hat"));
        Assert.Equal(0, merges.Sum(static merge => merge.Overwritten));
    }

    [Fact]
    public void Where_everybody_is_alone_everybody_serves_and_all_become_one_again()
    {
        var (cluster, _) = FourNodes();
        cluster.On(1).Commit("shoes", "1");

        // A node that has not heard of the session before does not find it.
        cluster.Settle();
        cluster.Partition([1], [2], [3], [4]);
        cluster.Run(UntilServed);
        for (int node = 1; node <= 4; node++)
        {
            cluster.On(node).Commit($"from {node}", "1");
        }

        cluster.Heal();
        cluster.Settle();

        Assert.Equal("1", cluster.On(2).Load("shoes"));
        for (int node = 1; node <= 4; node++)
        {
            Assert.Equal("1", cluster.On(1).Load($"from {node}"));
        }
    }

    [Fact]
    public void Where_the_balancer_is_alone_both_sides_serve_again_and_again()
    {
        var (cluster, _) = FourNodes(voter: true);
        cluster.On(1).Commit("shoes", "1");
        for (int time = 1; time <= 3; time++)
        {
            cluster.Partition([1, 2], [3, 4], [5]);
            cluster.Run(UntilServed);
            cluster.On(1).Commit($"one {time}", "1");
            cluster.On(3).Commit($"other {time}", "1");
            cluster.Heal();
            cluster.Settle();

            Assert.Equal("1", cluster.On(3).Load($"one {time}"));
            Assert.Equal("1", cluster.On(1).Load($"other {time}"));
        }
    }

    /// <summary>
    /// Two slept while all others of their view died but one, which had gone on alone. Who hears that one begins a
    /// lineage of its own with those it hears, and these agree only if they are cut off as well: neither may wait for
    /// ever.
    /// </summary>
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Who_slept_serves_though_not_all_hear_who_lives_elsewhere(int deaf)
    {
        const int Alone = 1;
        int[] sleepers = [2, 5];
        var (cluster, _) = Nodes(6);
        cluster.Crash(Alone);
        cluster.Settle();
        cluster.On(sleepers[0]).Commit("shoes", "1");
        cluster.Settle();
        cluster.Partition([Alone, 3, 4, 6], sleepers);
        Array.ForEach(sleepers, cluster.Pause);
        cluster.Run(UntilServed);
        cluster.Restart(Alone);
        SimulatedProcess alone = cluster.Node(Alone).Process!;
        cluster.RunUntil(() => alone.Machine.View.Contains(alone.Member), UntilServed, "it is a member");
        cluster.Run(UntilServed);
        cluster.Partition([Alone], sleepers, [3, 4, 6]);
        cluster.Run(UntilServed);
        cluster.On(Alone).Commit("hat", "1");
        Assert.Single(alone.Machine.View.Members);
        cluster.Crash(3, 4, 6);
        cluster.Heal();
        cluster.Cut(Alone, deaf);
        cluster.Cut(deaf, Alone);
        Array.ForEach(sleepers, cluster.Resume);
        cluster.Run(TimeSpan.FromSeconds(10));

        Assert.All(sleepers, node => cluster.On(node).Commit($"from {node}", "1"));
        cluster.Heal();
        cluster.Settle();
        Assert.Equal("1", cluster.On(Alone).Load("from 2"));
        Assert.Equal("1", cluster.On(deaf).Load("hat"));
    }

    private static (SimulatedCluster Cluster, List<SessionMerged> Merges) FourNodes(bool voter = false) =>
        Nodes(4, voter);

    private static (SimulatedCluster Cluster, List<SessionMerged> Merges) Nodes(int nodes, bool voter = false)
    {
        var merges = new List<SessionMerged>();
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            Nodes = nodes,
            HasVoter = voter,
            PartitionPolicy = PartitionPolicy.Available,
            Detail = TraceDetail.Transcript,
        })
        {
            Happened = happened =>
            {
                if (happened is SessionMerged merged)
                {
                    merges.Add(merged);
                }
            },
        };
        cluster.Settle();
        return (cluster, merges);
    }

    /// <summary>
    /// Found by no seed: where a peer lives was known for as long as the connection stood. What its process has said
    /// last counts while there is none; and the first word on the next one says it again, before anything else is said
    /// there. So nothing of another side is taken in between.
    /// </summary>
    [Fact]
    public void The_first_word_of_the_next_connection_says_where_a_peer_lives()
    {
        SimulatedCluster cluster = Divided(out SessionId session);
        SimulatedProcess here = cluster.Node(1).Process!;
        SimulatedProcess elsewhere = cluster.Node(3).Process!;
        Assert.False(ViewNumber.AreRelated(here.Machine.View.Number, elsewhere.Machine.View.Number));
        Configuration known = here.Machine.ConfigurationOf(session);
        var claim = new Configuration(known.Counter + 9, new Placement([elsewhere.Member, here.Member]));
        var first = new Dictionary<SimulatedProcess, Message>();
        cluster.Overheard = (sender, envelope) =>
        {
            if ((sender == here && envelope.To == elsewhere.Member)
                || (sender == elsewhere && envelope.To == here.Member))
            {
                first.TryAdd(sender, envelope.Message);
            }
        };
        cluster.BreakConnection(1, 3);
        cluster.RunUntil(
            () => here.Links[elsewhere.Host] is null
                && elsewhere.Links[here.Host] is null, TimeSpan.FromSeconds(5), "a break");
        first.Clear();
        cluster.RunUntil(() => first.Count == 2, TimeSpan.FromSeconds(5), "the next connection");
        Assert.All(first.Values, static message => Assert.IsType<Heartbeat>(message));
        cluster.Run(TimeSpan.FromMilliseconds(100));
        Assert.True(here.Machine.Inspection.IsLinked(elsewhere.Member));

        here.Take(new PeerMessage(elsewhere.Member, new Replicate(
            session, new HolderVersion(claim.Counter, 9), -1, new ReplicatePayload(null, SessionState.Empty),
            TimeSpan.Zero,
            claim, here.Machine.View.Number)));
        here.Take(new PeerMessage(elsewhere.Member, new RecordLocations(
            here.Machine.View.Number, 1000, [new LocationRecord(session, claim)])));

        Assert.Equal(known, here.Machine.ConfigurationOf(session));
        Assert.NotEqual(9, here.Machine.SequenceOf(session));
    }

    /// <summary>
    /// 1510701279 (Divided): a node that was on another side when a process wished to be let in there took the wish for
    /// one to be let in where both live now. Excluded meanwhile, that process had not handed in what it has.
    /// </summary>
    [Fact]
    public void A_wish_of_another_side_is_none_here()
    {
        var cluster = new SimulatedCluster(
            new ClusterOptions { Nodes = 5, PartitionPolicy = PartitionPolicy.Available });
        cluster.Settle();
        cluster.Partition([1, 2, 3], [4, 5]);
        cluster.Run(UntilServed);
        cluster.Network.Ignored = static message => message is JoinRequest or ViewPrepare;
        cluster.Heal();
        cluster.Run(TimeSpan.FromSeconds(1));
        (SimulatedProcess host, SimulatedProcess wisher) = (cluster.Node(4).Process!, cluster.Node(3).Process!);
        host.Take(new PeerMessage(wisher.Member, new JoinRequest(host.Machine.View.Number, MemberRole.Node)));
        cluster.Partition([1, 2, 4, 5], [3]);
        cluster.Network.Ignored = static message => message is JoinRequest;
        cluster.RunUntil(
            () => cluster.Node(1).Process!.Machine.View.Members.Count == 2,
            ScenarioVerbs.SettleLimit, "the wisher is excluded");
        cluster.Network.Ignored = null;
        cluster.RunUntil(
            () => host.Machine.View.Members.Count == 4, ScenarioVerbs.SettleLimit, "the sides are one again");
        cluster.Network.Ignored = static message => message is JoinRequest;
        cluster.Heal();

        cluster.Run(UntilServed);
        Assert.DoesNotContain(host.Machine.View.Members, member => member.Member == wisher.Member);
        cluster.Network.Ignored = null;
        cluster.Settle();
    }

    /// <summary>Two sides that are connected again, and do not come to join.</summary>
    private static SimulatedCluster Divided(out SessionId session)
    {
        var cluster = new SimulatedCluster(
            new ClusterOptions { Nodes = 4, PartitionPolicy = PartitionPolicy.Available });
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        session = cluster.History.Sessions.Single().Id;
        cluster.Partition([1, 2], [3, 4]);
        cluster.Run(UntilServed);
        cluster.Network.Ignored = static message => message is JoinRequest;
        cluster.Heal();
        cluster.Run(UntilServed);
        return cluster;
    }
}
