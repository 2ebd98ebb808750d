using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Clients;
using SessionCluster.Tests.Faults.Members;

namespace SessionCluster.Tests.Faults;

/// <summary>
/// What all faults of real processes have in common: who writes meanwhile, and what must be true afterwards.
/// </summary>
public abstract class FaultScenes(FaultFixture fixture)
{
    /// <summary>After this, a client behind the balancer must not notice a fault any more.</summary>
    private protected static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    private protected RunningCluster Cluster { get; } = fixture.Cluster;

    /// <summary>How many sessions have been begun without what they had, as the cluster counts.</summary>
    private protected long SessionsBegunAnew => fixture.Metrics.SumOf("session_cluster.merge.begun_anew");

    /// <summary>From now on, what these members tell of losses, and what the cluster counts.</summary>
    private protected Task<LossesTold> HearLossesAsync(params IEnumerable<string> members) =>
        LossesTold.SinceNowAsync(Cluster, fixture.Metrics, members);

    /// <summary>When something was done to the cluster.</summary>
    private protected List<long> Faults { get; } = [];

    private protected Uri[] Doors(params string[] nodes) => [.. nodes.Select(Cluster.AddressOf)];

    /// <summary>Writers through the balancer and at the nodes' own doors; each has an acknowledged session.</summary>
    private protected async Task<Writers> StartWritersAsync(params string[] nodes)
    {
        const int ThroughBalancer = 4;
        const int PastBalancer = 3;
        var direct = nodes.Length == 0 ? 0 : PastBalancer;
        var writers = new Writers().Start("through the balancer", ThroughBalancer, Cluster.BalancerAddress)
            .Start("past the balancer", direct, Doors(nodes));
        await Eventually.SeeAsync(
            "a session for each writer", Patience.Request, () => Task.FromResult(writers.Sessions.Count),
            count => count == ThroughBalancer + direct);
        return writers;
    }

    private protected async Task<RunningCluster.Outage> KillAsync(params string[] nodes)
    {
        Faults.Add(Ledger.Now);
        var outage = await Cluster.CrashAsync(nodes);
        Faults.Add(Ledger.Now);
        return outage;
    }

    private protected async Task<Pause> FreezeAsync(string node)
    {
        var pause = await Cluster.FreezeAsync(node);
        Faults.Add(Ledger.Now);
        return pause;
    }

    /// <summary>Waits until these nodes serve in one view, with the balancer and nobody else.</summary>
    private protected Task InOneViewAsync(params string[] nodes) => Eventually.SeeAsync(
        $"{string.Join(" and ", nodes)} ready in one view with the balancer",
        Patience.Protection,
        () => Task.WhenAll(nodes.Select(node => Cluster.AskAsync<NodePage>(node, "/_node"))),
        pages => pages.All(page => page.Ready && page.Members == nodes.Length + 1)
            && pages.Select(page => page.View).Distinct().Count() == 1);

    /// <summary>Waits until each session that is written to has its two copies.</summary>
    private protected Task ProtectedAsync(Writers writers, params string[] dead) => Eventually.SeeAsync(
        "two copies of each session that is written to",
        Patience.Protection,
        async () =>
        {
            var ids = writers.Sessions;
            return (Wanted: ids.Count, Seen: (await Cluster.Table.SessionsAsync()).Of(ids));
        },
        page => page.Seen.Sessions.Count(row => row.Primary is not null && row.Copies.Count == 2
            && !row.Copies.Keys.Intersect(dead).Any()) == page.Wanted);

    /// <summary>
    /// All nodes are up, every session ever written to is as its visitor was told, and has its two copies.
    /// </summary>
    private protected async Task<Ledger> SettleAsync(Writers writers, params Fault[] allowed)
    {
        foreach (var node in RunningCluster.NodeNames)
        {
            await Cluster.SeenByBalancerAsync(node, up: true);
        }

        var ledger = await writers.FinishAsync();
        ledger.AssertNothingBut(allowed);
        await ProtectedAsync(writers);
        return ledger;
    }

    /// <summary>As <see cref="SettleAsync"/>, and clients behind the balancer have hardly noticed.</summary>
    private protected async Task SettleUnnoticedAsync(Writers writers)
    {
        var ledger = await SettleAsync(writers);
        ledger.AssertNothingNoticedPast(Grace, Cluster.BalancerAddress, Faults);
    }
}
