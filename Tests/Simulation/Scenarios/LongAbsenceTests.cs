using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>All who hold a session may stay away for ever, and nobody else leads it.</summary>
public sealed class LongAbsenceTests
{
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(10);

    private readonly SimulatedCluster _cluster = new(new ClusterOptions
    {
        Nodes = 5, IdleTimeout = IdleTimeout, Detail = TraceDetail.Transcript,
    });

    /// <summary>
    /// Found by reading: only the primary ends an idle session, so a client of such a session was told "unavailable"
    /// for as long as its primary did not come back, and never got a new one.
    /// </summary>
    [Fact]
    public void A_session_whose_holders_stay_away_expires_all_the_same()
    {
        int other = CutOffTheHolders();
        Assert.Equal(LoadResult.Unavailable, _cluster.On(other).TryLoad()?.Result);

        _cluster.Run(IdleTimeout * 3);

        Assert.Equal(LoadResult.NotFound, _cluster.On(other).TryLoad()?.Result);
        _cluster.Heal();
        _cluster.Settle();
        Assert.Equal(LoadResult.NotFound, _cluster.On(other).TryLoad()?.Result);
    }

    /// <summary>What counts is how long they have been away in one piece.</summary>
    [Fact]
    public void Who_comes_back_and_serves_in_between_has_not_been_away()
    {
        int other = CutOffTheHolders();
        for (int round = 0; round < 4; round++)
        {
            _cluster.Run(IdleTimeout / 2);
            _cluster.Heal();
            _cluster.Settle();
            Assert.Equal("shoes", _cluster.On(_cluster.PrimaryOf()).Load("cart"));
            CutOffAgain();
        }

        Assert.Equal(LoadResult.Unavailable, _cluster.On(other).TryLoad()?.Result);
        _cluster.Heal();
        _cluster.Settle();
        Assert.Equal("shoes", _cluster.On(_cluster.PrimaryOf()).Load("cart"));
    }

    private int CutOffTheHolders()
    {
        _cluster.Settle();
        _cluster.On(node: 1).Commit("cart", "shoes");
        _cluster.Settle();
        return CutOffAgain();
    }

    private int CutOffAgain()
    {
        int[] holders = [_cluster.PrimaryOf(), _cluster.BackupOf()];
        int[] others = [.. Enumerable.Range(1, 5).Except(holders)];
        _cluster.Partition(others, holders);
        _cluster.RunUntil(
            () => _cluster.Node(others[0]).Process!.Machine is { IsReady: true, View.Members.Count: 3 },
            TimeSpan.FromSeconds(5), "a view without the holders");
        return others[0];
    }
}
