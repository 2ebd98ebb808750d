using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// Each node numbers its own requests, so one that is forwarded to it may bear the number of one of its own.
/// </summary>
public sealed class ForwardedNumbersTests
{
    /// <summary>
    /// Found by reading: what another has forwarded goes back when the session does; the node's own request of that
    /// number, which it has forwarded elsewhere, was not answered any more.
    /// </summary>
    [Fact]
    public void Who_gives_up_what_was_forwarded_to_it_still_hears_of_its_own()
    {
        var cluster = new SimulatedCluster(nodes: 4);
        cluster.Settle();
        cluster.On(node: 1, "mine").Commit("cart", "shoes");
        cluster.On(node: 2, "another").Commit("cart", "shoes");
        cluster.Settle();
        SimulatedProcess process = cluster.Node(1).Process!;
        Member sender = cluster.Node(3).Process!.Member;
        SessionHistory mine = cluster.History.Sessions.Single(static session => session.Name == "mine");
        SessionHistory another = cluster.History.Sessions.Single(static session => session.Name == "another");
        var write = new WriteRecord(cluster.History.NextNumber(), [new KeyWrite("cart", HasBody: false)]);
        CommitResult? result = null;
        var own = new CommitRequest(
            another, write, SessionDelta.Setting("cart", WorkloadValue.Of(write.Number, "socks")), creates: false,
            answer => result = answer?.Result);
        process.Ask(own);
        process.Take(new PeerMessage(sender, new ForwardCommit(
            own.Number, mine.Id, SessionDelta.Nothing with { Outcome = new RecordedOutcome(Guid.NewGuid(), []) },
            Removes: false, process.Now)));
        Configuration led = process.Machine.ConfigurationOf(mine.Id);
        var next = new Configuration(led.Counter + 1, new Placement([sender, process.Member]));
        process.Take(new PeerMessage(sender, new RecordLocations(
            process.Machine.View.Number, 1000, [new LocationRecord(mine.Id, next)])));
        Assert.Null(result);
        cluster.RunUntil(() => result is not null, TimeSpan.FromSeconds(5), "the answer");

        Assert.Equal(CommitResult.Committed, result);
    }
}
