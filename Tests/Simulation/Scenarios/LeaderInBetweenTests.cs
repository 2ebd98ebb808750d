using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// Seed 1450000360 of <c>Changes</c>: a leader that never came into force had told one holder a commit, and died. Another
/// holder had as many commits, the last one of the leader before.
/// </summary>
public sealed class LeaderInBetweenTests
{
    [Fact]
    public void As_many_commits_are_not_the_same_ones()
    {
        var cluster = new SimulatedCluster(nodes: 5, backups: 2);
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        SessionId session = cluster.History.Sessions.Single().Id;
        Placement placement = cluster.PlacementOf()!;
        SimulatedProcess[] holders =
            [.. placement.Holders.Select(member => cluster.Nodes[cluster.HostOf(member.Node)].Process!)];
        SimulatedProcess between = cluster.Nodes
            .Select(static node => node.Process!).First(process => !placement.Contains(process.Member));
        (SimulatedProcess first, SimulatedProcess second) = (holders[1], holders[2]);
        Configuration present = first.Machine.ConfigurationOf(session);
        var coming = new Configuration(present.Counter + 1, new Placement([between.Member, first.Member, second.Member]));
        long sequence = first.Machine.SequenceOf(session);

        Tell(second, holders[0], present.Counter, sequence, "socks", null);
        Tell(first, between, coming.Counter, sequence, null, coming);
        Tell(first, between, coming.Counter, sequence, "boots", null);
        Assert.Equal(first.Machine.SequenceOf(session), second.Machine.SequenceOf(session));
        cluster.Kill(cluster.Nodes[holders[0].Host]);
        cluster.Kill(cluster.Nodes[between.Host]);
        cluster.RunUntil(
            () => first.Machine.Inspection.CopyOf(session) is { Leads: true }
                && first.Machine.ConfigurationOf(session).Placement.Contains(second.Member),
            TimeSpan.FromSeconds(10), "the next leader");

        Assert.Equal(CartOf(first), CartOf(second));

        void Tell(
            SimulatedProcess to, SimulatedProcess from, long counter, long known, string? value, Configuration? with)
        {
            SessionDelta delta = value is null
                ? SessionDelta.Nothing
                : SessionDelta.Setting("cart", WorkloadValue.Of(0, value));
            var told = new HolderVersion(counter, known + (value is null ? 0 : 1));
            to.Take(new PeerMessage(from.Member, new Replicate(
                session, told, known, new ReplicatePayload(delta, null), TimeSpan.Zero, with,
                with is null ? 0 : to.Machine.View.Number)));
        }

        string CartOf(SimulatedProcess process) =>
            process.Machine.StateOf(session)!.TryGet("cart", out byte[]? cart) ? WorkloadValue.Text(cart!) : "";
    }
}
