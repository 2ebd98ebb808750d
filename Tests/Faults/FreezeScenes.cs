using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Clients;

namespace SessionCluster.Tests.Faults;

/// <summary>Processes that stand still (SIGSTOP) and go on as if nothing had happened, while clients write.</summary>
public abstract class FreezeScenes(FaultFixture fixture) : FaultScenes(fixture)
{
    private static readonly string[] All = [.. RunningCluster.NodeNames];

    /// <summary>How long the longest pause lasts; nothing where that scene is left out.</summary>
    private protected abstract TimeSpan LongPause { get; }

    /// <summary>
    /// The pauses overlap, as each second of a pause is a second of the test: while one node stands still for a minute,
    /// others stand still for 2 s and 10 s, and are killed.
    /// </summary>
    [Fact]
    public async Task F5_F6_F14_who_wakes_after_2_or_10_or_60_seconds_is_fenced_and_accuses_nobody()
    {
        Assert.SkipWhen(LongPause == TimeSpan.Zero, "Only where FREEZE_SECONDS says how long.");
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
    [Fact]
    public async Task F5_F6_nodes_that_stand_still_one_after_another_are_hardly_noticed()
    {
        await using var writers = await StartWritersAsync();
        var seconds = 1;
        foreach (var node in All)
        {
            await ProtectedAsync(writers);
            await using var pause = await FreezeAsync(node);
            await Task.Delay(TimeSpan.FromSeconds(++seconds), TestContext.Current.CancellationToken);
            await WakeAsync(pause, node);
        }

        await SettleUnnoticedAsync(writers);
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

[Collection(nameof(MajorityFaultFixture))]
public sealed class MajorityFreezeScenes(MajorityFaultFixture fixture) : FreezeScenes(fixture)
{
    private protected override TimeSpan LongPause => TimeSpan.FromSeconds(LongRun.Of("FREEZE_SECONDS", 60));
}

/// <summary>
/// Who stands still hears no quorum when it wakes, and the others do: it may not take that for a division.
/// </summary>
[Collection(nameof(AvailableFaultFixture))]
public sealed class AvailableFreezeScenes(AvailableFaultFixture fixture) : FreezeScenes(fixture)
{
    private protected override TimeSpan LongPause => TimeSpan.FromSeconds(LongRun.Of("FREEZE_SECONDS", 0));
}
