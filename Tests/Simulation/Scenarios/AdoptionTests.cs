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

    /// <summary>
    /// 1511800550 (DividedFull): a side had lost a session, but for an excluded member that had not come back, and took
    /// what another side had of it for all that it had ever answered.
    /// </summary>
    [Fact]
    public void What_comes_back_of_a_lost_session_is_said_to_begin_it_anew()
    {
        const int Back = 6;
        const int Lines = 1000;
        var cluster = new SimulatedCluster(
            new ClusterOptions { Nodes = 6, PartitionPolicy = PartitionPolicy.Available, Detail = TraceDetail.Transcript });
        cluster.Settle();
        cluster.On(Back).Commit("cart", "shoes");
        cluster.Settle();
        int excluded = cluster.BackupOf();
        int[] others = [.. Enumerable.Range(1, Back - 1).Where(node => node != excluded)];
        cluster.Partition([.. others, excluded], [Back]);
        cluster.Run(UntilServed);
        cluster.On(excluded).Commit("cart", "socks");
        cluster.Run(UntilServed);
        cluster.Partition(others, [excluded], [Back]);
        cluster.Run(UntilServed);
        SessionId session = cluster.History.Sessions.Single().Id;
        Member[] heirs = [.. cluster.Node(others[0]).Process!.Machine.PlacementOf(session)!.Holders];
        int[] dying = [.. others.Where(node => heirs.Contains(cluster.Node(node).Process!.Member))];
        int[] left = [.. others.Except(dying)];
        cluster.Crash(dying);
        cluster.Run(UntilServed);
        Assert.Equal(LoadResult.Lost, cluster.On(left[0]).TryLoad()?.Result);

        cluster.Partition([.. left, Back], [excluded]);
        cluster.Run(UntilServed);
        Assert.Equal("shoes", cluster.On(left[0]).Load("cart"));
        Assert.Contains(cluster.Trace.Latest(Lines), line => line.Contains(nameof(SessionBegunAnew), StringComparison.Ordinal));
        Array.ForEach(dying, cluster.Restart);
        cluster.Heal();
        cluster.Settle();
        Assert.Equal("socks", cluster.On(left[0]).Load("cart"));
    }
}
