using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Clients;
using SessionCluster.Tests.Faults.Members;

namespace SessionCluster.Tests.Faults;

/// <summary>
/// Processes that stand still (SIGSTOP) and go on as if nothing had happened, while clients write. The clusters of both
/// policies go through it at the same time, as most of that time passes with waiting. With <c>Available</c> as well: who
/// stands still hears no quorum when it wakes, and the others do, and it may not take that for a division.
/// </summary>
[Collection(nameof(FaultClusters))]
public sealed class FreezeScenes(MajorityFaultFixture majority, AvailableFaultFixture available)
{
    [Fact]
    public Task F5_F6_F14_who_wakes_after_2_or_10_or_60_seconds_is_fenced_and_accuses_nobody() =>
        BothPolicies.PlayAsync<FaultFixture>(majority, available, fixture => new Freezes(fixture).OverlapAsync());

    [Fact]
    public Task F5_F6_nodes_that_stand_still_one_after_another_are_hardly_noticed() =>
        BothPolicies.PlayAsync<FaultFixture>(majority, available, fixture => new Freezes(fixture).FollowOneAnotherAsync());
}

/// <summary>What <see cref="FreezeScenes"/> do to one cluster.</summary>
internal sealed class Freezes(FaultFixture fixture) : FaultScenes(fixture)
{
    private static readonly string[] All = [.. RunningCluster.NodeNames];

    private static TimeSpan LongPause => TimeSpan.FromSeconds(LongRun.Of("FREEZE_SECONDS", 60));

    /// <summary>
    /// The pauses overlap, as each second of a pause is a second of the test: while one node stands still for a minute,
    /// others stand still for 2 s and 10 s, and are killed.
    /// </summary>
    public async Task OverlapAsync()
    {
        await using var writers = await StartWritersAsync(All);
        await ProtectedAsync(writers);
        await using var minute = await FreezeAsync("node4");
        var frozen = Ledger.Now;
        await Cluster.SeenByBalancerAsync("node4", up: false);
        await ProtectedAsync(writers, "node4");

        await FreezeForAsync(TimeSpan.FromSeconds(2), "node1", writers);
        await FreezeForAsync(TimeSpan.FromSeconds(10), "node2", writers);
        await using (await KillAsync("node3"))
        {
            await ProtectedAsync(writers, "node3", "node4");
        }

        await ProtectedAsync(writers, "node4");
        var rest = LongPause - TimeProvider.System.GetElapsedTime(frozen);
        await Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, TestContext.Current.CancellationToken);
        await WakeAsync(minute, "node4");

        await SettleUnnoticedAsync(writers);
    }

    /// <summary>
    /// Each node in turn, so that each time other nodes are left to lead, and who has just been fenced has to lead
    /// next.
    /// </summary>
    public async Task FollowOneAnotherAsync()
    {
        await using var writers = await StartWritersAsync();
        var processes = await ProcessesAsync();
        var seconds = 1;
        foreach (var node in All)
        {
            await ProtectedAsync(writers);
            await using var pause = await FreezeAsync(node);
            await Task.Delay(TimeSpan.FromSeconds(++seconds), TestContext.Current.CancellationToken);
            await WakeAsync(pause, node);
        }

        await SettleUnnoticedAsync(writers);
        Assert.Equal(processes, await ProcessesAsync());
    }

    /// <summary>Who is excluded and comes back is the process that it was, and calls itself so.</summary>
    private async Task<(int ProcessId, long Incarnation)[]> ProcessesAsync()
    {
        var pages = await Task.WhenAll(All.Select(node => Cluster.AskAsync<NodePage>(node, "/_node")));
        return [.. pages.Select(page => (page.ProcessId, page.Incarnation))];
    }

    private async Task FreezeForAsync(TimeSpan duration, string node, Writers writers)
    {
        await using var pause = await FreezeAsync(node);
        await Task.Delay(duration, TestContext.Current.CancellationToken);
        await WakeAsync(pause, node);
        await ProtectedAsync(writers, "node4");
    }

    /// <summary>
    /// Waking is no fault: no request through the balancer may fail, so it adds nothing to the faults.
    /// </summary>
    private async Task WakeAsync(Pause pause, string node)
    {
        await pause.EndAsync();
        await Cluster.SeenByBalancerAsync(node, up: true);
    }
}
