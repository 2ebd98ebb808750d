using SessionCluster.Replication;
using SessionCluster.Replication.Protocol;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A session is begun on a side that does not know it (policy Available), as the other side hands it in, and the view
/// changes before that is recorded.
/// </summary>
public sealed class AdoptionTests
{
    private const int Adopter = 1;

    private static readonly TimeSpan UntilServed = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Found by reading: a commit that waited for the adoption was answered "not found", though the session lived on
    /// its own side and was handed in again.
    /// </summary>
    [Fact]
    public void A_commit_is_not_told_that_a_session_is_gone_which_is_handed_in_again()
    {
        var cluster = new SimulatedCluster(
            new ClusterOptions { Nodes = 5, PartitionPolicy = PartitionPolicy.Available, Detail = TraceDetail.Transcript });
        cluster.Settle();
        cluster.Partition([1, 2, 3], [4, 5]);
        cluster.Run(UntilServed);
        cluster.On(node: 4).Commit("shoes", "1");
        SimulatedProcess adopter = cluster.Node(Adopter).Process!;
        long before = adopter.Machine.View.Number;
        bool isAdopted = false;
        cluster.Overheard = (sender, envelope) => isAdopted |= sender == adopter && envelope.Message is Replicate;
        cluster.Network.Ignored = static message => message is Replicate;
        cluster.Heal();
        cluster.RunUntil(() => isAdopted, UntilServed, "an adoption");
        CommitResult? result = null;
        var write = new WriteRecord(cluster.History.NextNumber(), [new KeyWrite("hat", HasBody: false)]);
        adopter.Ask(new CommitRequest(
            cluster.History.Sessions.Single(),
            write,
            SessionDelta.Setting("hat", WorkloadValue.Of(write.Number, "2")),
            creates: false,
            completed => result = completed?.Result));
        cluster.Crash(3);
        cluster.RunUntil(() => adopter.Machine.View.Number != before && result is not null, UntilServed, "an answer");

        Assert.Equal(CommitResult.Unavailable, result);
        cluster.Network.Ignored = null;
        cluster.Settle();
        Assert.Equal("1", cluster.On(node: 2).Load("shoes"));
    }
}
