using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>A session is promoted once more, before the first promotion is in force.</summary>
public sealed class SecondPromotionTests
{
    /// <summary>
    /// Seed 914000710 of the profile Changes: the dead primary had given one sequence to a commit that one holder has, and
    /// the holder that leads now had given it to another; the two took each other's state for their own, as only the
    /// sequences were compared.
    /// </summary>
    [Fact]
    public void Holders_with_different_commits_of_one_sequence_do_not_take_them_for_the_same()
    {
        var cluster = new SimulatedCluster(new ClusterOptions { Seed = 7, Nodes = 6, Backups = 2 });
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        SessionHistory session = cluster.History.Sessions.Single();
        Placement holders = cluster.Node(1).Process!.Machine.PlacementOf(session.Id)!;
        int[] nodes = [.. holders.Holders.Select(holder => cluster.HostOf(holder.Node) + 1)];
        SimulatedProcess next = cluster.Node(nodes[1]).Process!;
        SimulatedProcess last = cluster.Node(nodes[2]).Process!;
        long sequence = next.Machine.SequenceOf(session.Id);
        Commit(cluster.Node(nodes[0]).Process!, 7, "hat", cut: (nodes[0], nodes[1]));
        cluster.RunUntil(() => last.Machine.SequenceOf(session.Id) > sequence, TimeSpan.FromSeconds(1), "a commit");

        cluster.Crash(nodes[0]);
        cluster.RunUntil(
            () => next.Machine.Inspection.CopyOf(session.Id) is { IsPrimary: true }, TimeSpan.FromSeconds(5), "a promotion");
        Commit(next, 8, "coat", cut: (nodes[1], nodes[2]));
        long view = next.Machine.View.Number;
        cluster.Crash(Enumerable.Range(1, 6).First(node => !nodes.Contains(node)));
        cluster.RunUntil(
            () => next.Machine.View.Number > view && next.Machine.IsReady, TimeSpan.FromSeconds(5), "the next view");
        cluster.Heal();
        cluster.Settle();

        Assert.True(next.Machine.StateOf(session.Id)!.HasContentOf(last.Machine.StateOf(session.Id)!));
        Assert.Equal("coat", cluster.On(nodes[2]).Load("cart"));

        void Commit(SimulatedProcess at, long number, string value, (int From, int To) cut)
        {
            cluster.Cut(cut.From, cut.To);
            at.Ask(new CommitRequest(
                session, new WriteRecord(number, [new KeyWrite("cart", HasBody: false)]),
                SessionDelta.Setting("cart", WorkloadValue.Of(number, value)), creates: false, static _ => { }));
        }
    }
}
