using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>The end of a session that a quorum has recorded is the end, whoever proposes the next view.</summary>
public sealed class ForgottenEndTests
{
    private const int Ignorant = 1;
    private const int Primary = 2;

    /// <summary>
    /// Found by reading: digests leave out what was removed. So who had never heard of the session did not learn of
    /// its end from a member that had recorded it, and then took the session as it was from one that had not.
    /// </summary>
    [Fact]
    public void A_proposer_that_has_never_heard_of_the_session_does_not_bring_it_back()
    {
        var cluster = new SimulatedCluster(nodes: 5);
        cluster.Settle();
        cluster.Cut(Primary, Ignorant);
        cluster.On(Primary).Commit("cart", "shoes");
        cluster.Run(TimeSpan.FromMilliseconds(20));
        SessionId session = cluster.History.Sessions.Single().Id;
        Assert.Null(cluster.Node(Ignorant).Process!.Machine.PlacementOf(session));
        Placement placement = cluster.Node(Primary).Process!.Machine.PlacementOf(session)!;
        int backup = cluster.HostOf(placement.Holders[1].Node) + 1;
        int[] others = [.. Enumerable.Range(1, 5).Except([Primary, Ignorant, backup])];
        cluster.Cut(Primary, backup);
        Assert.Equal(CommitResult.Committed, cluster.On(Primary).Remove());

        // One who knows of the end promises first, then who does not; a third is not waited for.
        cluster.Network.Condition(backup - 1, Ignorant - 1).Clog = TimeSpan.FromMilliseconds(20);
        cluster.Cut(others[1], Ignorant);
        cluster.Crash(Primary);
        cluster.RunUntil(
            () => cluster.Node(Ignorant).Process!.Machine is { IsReady: true, View.Members.Count: 4 },
            TimeSpan.FromSeconds(5), "the next view");
        cluster.Heal();
        cluster.Settle();

        Assert.Equal(LoadResult.NotFound, cluster.On(others[0]).TryLoad()?.Result);
    }
}
