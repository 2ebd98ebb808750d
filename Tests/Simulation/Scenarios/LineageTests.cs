using SessionCluster.Replication;
using SessionCluster.Replication.Membership;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// Views that few know, and lineages that have divided from them (policy Available): who goes on, and who goes over.
/// Nodes are numbered from 1.
/// </summary>
public sealed class LineageTests
{
    private const int Witness = 1;
    private const int Sleeper = 2;

    private static readonly TimeSpan UntilServed = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Seed 920000012 of <c>DividedFull</c>: of the view that followed nobody was left but one that had gone on alone,
    /// and a process that had only heard of it. That one waited for the last member of the view before, which waited
    /// for it.
    /// </summary>
    [Fact]
    public void Who_has_heard_of_a_view_of_which_nobody_is_left_goes_over_to_who_went_on_alone()
    {
        var cluster = Available(nodes: 3);
        cluster.Crash(1);
        cluster.Settle();
        cluster.On(node: 3).Commit("shoes", "1");
        SimulatedProcess last = cluster.Node(3).Process!;
        cluster.Overheard = (sender, envelope) =>
        {
            if (sender == last && envelope.Message is ViewAccepted)
            {
                cluster.Cut(2, 3);
            }
        };
        cluster.Cut(1, 3);
        cluster.Cut(3, 1);
        cluster.Restart(1);
        SimulatedProcess joined = cluster.Node(1).Process!;
        cluster.RunUntil(() => joined.Machine.View.Contains(joined.Member), UntilServed, "node 1 is a member");
        cluster.Crash(2);
        cluster.Restart(2);
        SimulatedProcess heard = cluster.Node(2).Process!;
        cluster.RunUntil(
            () => heard.Machine.View.Number == joined.Machine.View.Number, UntilServed, "node 2 hears of the view");
        Assert.True(last.Machine.View.Number < heard.Machine.View.Number);
        cluster.Partition([1], [2, 3]);
        cluster.Run(UntilServed);
        Assert.Equal([joined.Member], joined.Machine.View.Members.Select(static member => member.Member));
        cluster.Heal();
        cluster.Settle();

        Assert.Equal("1", cluster.On(node: 2).Load("shoes"));
    }

    /// <summary>
    /// 1512560397 (Divided): late news brought a process back to a view that nobody lived in any more. It divided from
    /// that once more, under the number of a view of which others lived in successors.
    /// </summary>
    [Fact]
    public void Who_divides_from_one_view_twice_begins_two_lineages()
    {
        var self = new Member(new NodeId("node2"), 4);
        ViewMember[] alone = [new(self, MemberRole.Node)];
        ViewMember[] all = [.. alone, new(new Member(new NodeId("node3"), 4), MemberRole.Node)];
        var views = new ViewState(new ReplicationSettings
        {
            Self = self, Universe = [.. all.Select(member => new ConfiguredPeer(member.Member.Node, MemberRole.Node))],
        });
        var whole = new View(3, all, []);
        views.Enter(whole, active: true);
        long first = Divide();
        views.Enter(new View(first, alone, [all[1].Member]), active: true);
        views.Enter(whole, active: true);
        long second = Divide();

        Assert.NotEqual(ViewNumber.LineageOf(first), ViewNumber.LineageOf(second));
        Assert.True(ViewNumber.IsDivision(second) && ViewNumber.AreAlike(first, second));
        Assert.False(ViewNumber.AreAlike(first, ViewNumber.Divide(4, self, place: 1, nodes: 1, turn: 0)));

        long Divide() => ViewNumber.Divide(whole.Number, self, place: 1, nodes: 1, views.Divisions);
    }

    /// <summary>
    /// Seed 973000026 of <c>DividedFull</c>: all others had gone on without a sleeper, and died but one, which had gone
    /// on alone then. The sleeper took itself for the last one left, and began views that the other one knew by other
    /// members.
    /// </summary>
    [Fact]
    public void Who_slept_does_not_go_on_in_a_lineage_from_which_another_has_divided_later()
    {
        var (cluster, slept, _, left) = WithWitness();
        var begun = new List<View>();
        cluster.Overheard = (sender, envelope) =>
        {
            if (sender == slept && envelope.Message is ViewInstall install)
            {
                begun.Add(install.View);
            }
        };
        cluster.Resume(Sleeper);
        cluster.Heal();
        cluster.Run(TimeSpan.FromSeconds(10));

        Assert.DoesNotContain(begun, view => view.Number == left + 1);
        cluster.Settle();
        Assert.Equal("1", cluster.On(Sleeper).Load("hat"));
        Assert.Equal("1", cluster.On(Witness).Load("shoes"));
    }

    /// <summary>
    /// Found by no seed: who slept had heard that the other one lives in another lineage, which had divided from a
    /// later view. The connection broke, and it went on at once in the view that the dead had known by other members.
    /// </summary>
    [Fact]
    public void That_another_lives_in_another_lineage_is_known_when_the_connection_breaks()
    {
        var (cluster, slept, witness, left) = WithWitness();
        var begun = new List<View>();
        cluster.Overheard = (sender, envelope) =>
        {
            if (sender == slept && envelope.Message is ViewInstall install)
            {
                begun.Add(install.View);
            }
        };
        cluster.Resume(Sleeper);
        cluster.Partition([Witness], [Sleeper, 3, 4]);
        cluster.Run(TimeSpan.FromSeconds(5.2));
        cluster.Heal();
        cluster.RunUntil(() => slept.Machine.IsDivided
            && slept.Links[witness.Host] is not null, UntilServed, "word of it");
        cluster.Run(TimeSpan.FromSeconds(0.3));
        Assert.Empty(begun);
        cluster.BreakConnection(Witness, Sleeper);
        cluster.Run(UntilServed);

        Assert.DoesNotContain(begun, view => view.Number == left + 1);
        cluster.Settle();
        Assert.Equal("1", cluster.On(Sleeper).Load("hat"));
        Assert.Equal("1", cluster.On(Witness).Load("shoes"));
    }

    /// <summary>
    /// All others have gone on without a sleeper, and died but a witness. This one has gone on alone by then: in a
    /// lineage that divided from a later view than the sleeper knows.
    /// </summary>
    private static (SimulatedCluster Cluster, SimulatedProcess Slept, SimulatedProcess Witness, long Left) WithWitness()
    {
        var cluster = Available(nodes: 4);
        cluster.Crash(Witness);
        cluster.Settle();
        cluster.On(Sleeper).Commit("shoes", "1");
        SimulatedProcess slept = cluster.Node(Sleeper).Process!;
        long left = slept.Machine.View.Number;
        cluster.Partition([Witness, 3, 4], [Sleeper]);
        cluster.Pause(Sleeper);
        cluster.Run(UntilServed);
        cluster.Restart(Witness);
        SimulatedProcess witness = cluster.Node(Witness).Process!;
        cluster.RunUntil(() => witness.Machine.View.Contains(witness.Member), UntilServed, "the witness is a member");
        Assert.True(witness.Machine.View.Number > left + 1);
        cluster.Run(UntilServed);
        cluster.Partition([Witness], [Sleeper], [3, 4]);
        cluster.Run(UntilServed);
        cluster.On(Witness).Commit("hat", "1");
        Assert.Equal([witness.Member], witness.Machine.View.Members.Select(static member => member.Member));
        cluster.Crash(3, 4);
        return (cluster, slept, witness, left);
    }

    private static SimulatedCluster Available(int nodes)
    {
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            Nodes = nodes, PartitionPolicy = PartitionPolicy.Available, Detail = TraceDetail.Transcript,
        });
        cluster.Settle();
        return cluster;
    }
}
