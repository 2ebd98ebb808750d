using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Clients;

namespace SessionCluster.Tests.Faults.Partitions;

/// <summary>What all cuts have in common: who writes meanwhile, and what must be true when they have healed.</summary>
public abstract class CutScenes
{
    private protected const string Balancer = PartitionedCluster.Balancer;

    /// <summary>Long enough for all sides to know, to agree as far as they can, and to serve.</summary>
    private protected static readonly TimeSpan Cut = TimeSpan.FromSeconds(4);

    private protected abstract PartitionedCluster Cluster { get; }

    /// <summary>Writers at the doors of each side, and some that go from door to door; each has a session.</summary>
    private protected async Task<Writers> StartWritersAsync(params string[][] sides)
    {
        var writers = new Writers().Start("between the sides", 3, Cluster.DoorsOf([.. RunningCluster.NodeNames]));
        foreach (var nodes in sides.Where(nodes => nodes.Length > 0))
        {
            writers.Start(WritersAt(nodes), 3, Cluster.DoorsOf(nodes));
        }

        await AllHaveSessionsAsync(writers);
        return writers;
    }

    /// <summary>How the writers at the doors of these nodes are called.</summary>
    private protected static string WritersAt(params string[] nodes) => $"at {string.Join(", ", nodes)}:";

    private protected static Task AllHaveSessionsAsync(Writers writers) => Eventually.SeeAsync(
        "a session for each writer", Patience.Request, () => Task.FromResult(writers.Sessions.Count),
        count => count == writers.Count);

    private protected async Task HealAsync()
    {
        await Cluster.Network.HealAsync();
        await Cluster.WholeAsync();
    }

    private protected async Task SettleAsync(Writers writers)
    {
        var ledger = await writers.FinishAsync();
        ledger.AssertNothingBut();
        await Cluster.Table.ProtectedAsync(writers.Sessions, backups: 1);
    }

    private protected static async Task AcknowledgesAsync(Writers writers, string expectation, int more)
    {
        var goal = writers.Ledger.Acknowledged + more;
        await Eventually.SeeAsync(
            expectation, Patience.Protection, () => Task.FromResult(writers.Ledger.Acknowledged),
            count => count >= goal);
    }

    private protected static Task PassAsync(TimeSpan time) => Task.Delay(time, TestContext.Current.CancellationToken);
}
