using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Clients;

namespace SessionCluster.Tests.Faults;

/// <summary>Processes that are killed (SIGKILL), while clients write.</summary>
public abstract class KillScenes(FaultFixture fixture, ITestOutputHelper output) : FaultScenes(fixture)
{
    private static readonly string[] All = [.. RunningCluster.NodeNames];
    private static readonly TimeSpan BetweenKills = TimeSpan.FromSeconds(5);

    /// <summary>
    /// What is promised for 20,000 sessions (docs/performance.md): from the end of the process until all have two copies
    /// among those that are left, and again from when the node that was killed serves.
    /// </summary>
    private static readonly TimeSpan ProtectedWithin = TimeSpan.FromSeconds(1);

    /// <summary>A storm of five minutes is <c>STORM_SECONDS=300</c>.</summary>
    private protected abstract int ShortStormSeconds { get; }

    private TimeSpan Storm => TimeSpan.FromSeconds(LongRun.Of("STORM_SECONDS", ShortStormSeconds));

    [Fact]
    public async Task F3_both_holders_killed_at_once_is_a_loss_that_is_told_and_never_an_older_state()
    {
        await using var writers = await StartWritersAsync(All);
        await ProtectedAsync(writers);
        var before = await Cluster.Table.SessionsAsync();
        var holders = before.Of(writers.Sessions).Sessions[0].Copies.Keys.ToArray();
        var losses = await HearLossesAsync(All.Except(holders).Append(RunningCluster.Balancer));

        await using (await KillAsync(holders))
        {
            await ProtectedAsync(writers, holders);
        }

        var ledger = await SettleAsync(writers, Fault.LostSession);
        Assert.NotEmpty(ledger.Findings);

        // Scenes before this one have left sessions that nobody visits any more: those are looked for on the nodes.
        var missed = ledger.Findings.Select(finding => finding.Session).ToHashSet();
        var left = (await Cluster.Table.SessionsAsync()).Sessions.Select(row => row.Id).ToHashSet();
        Assert.Empty(missed.Intersect(left));
        missed.UnionWith(before.Sessions.Select(row => row.Id).Where(session => !left.Contains(session)));
        await losses.EqualAsync(missed.Count);
    }

    /// <summary>
    /// Each is the primary of some sessions and the backup of others. Nobody asks whether all are protected again:
    /// there is the time in which that is promised, and the next one is killed.
    /// </summary>
    [Fact]
    public async Task F1_F2_F11_a_storm_of_kills_by_the_clock_costs_nothing()
    {
        await using var writers = await StartWritersAsync(All);
        writers.StartLeavers(2, [Cluster.BalancerAddress, .. Doors(All)]);
        await ProtectedAsync(writers);
        var kills = Enumerable.Range(0, int.MaxValue).TakeWhile(kill => kill * BetweenKills < Storm);
        var began = Ledger.Now;
        foreach (var kill in kills)
        {
            var early = (kill * BetweenKills) - TimeProvider.System.GetElapsedTime(began);
            await Task.Delay(early > ProtectedWithin ? early : ProtectedWithin, TestContext.Current.CancellationToken);
            var node = All[kill % All.Length];
            await using var outage = await KillAsync(node);
            await Task.WhenAll(outage.EndAsync(), ProtectedInTimeAsync(writers, node));
        }

        await SettleUnnoticedAsync(writers);
        output.WriteLine($"sessions that have ended meanwhile: {writers.Ended}");
        Assert.True(writers.Ended > 0);
    }

    [Fact]
    public async Task F13_four_nodes_that_start_in_the_same_second_become_one_cluster()
    {
        await using var writers = await StartWritersAsync();

        // All copies die with the nodes. The balancer is left, and knows that there were sessions.
        await using (await KillAsync(All))
        {
        }

        var ledger = await SettleAsync(writers, Fault.LostSession);
        Assert.NotEmpty(ledger.Findings);
    }

    [Fact]
    public async Task From_four_nodes_to_one_the_last_one_serves_every_session()
    {
        await using var writers = await StartWritersAsync();
        var outages = new Stack<RunningCluster.Outage>();
        foreach (var node in All[..^1])
        {
            await ProtectedAsync(writers);
            outages.Push(await KillAsync(node));
            await Cluster.SeenByBalancerAsync(node, up: false);
            if (outages.Count < All.Length - 1)
            {
                await ProtectedAsync(writers, node);
            }
        }

        var last = await Eventually.SeeAsync(
            "every session on the last node",
            Patience.Protection,
            async () => (await Cluster.Table.SessionsAsync()).Of(writers.Sessions),
            page => page.Sessions.Count == writers.Sessions.Count && page.Sessions.All(row => row.Primary == All[^1]));
        Assert.All(last.Sessions, row => Assert.Single(row.Copies));
        await Task.WhenAll(outages.Select(outage => outage.EndAsync()));

        await SettleUnnoticedAsync(writers);
    }

    /// <summary>Before the node can be up again: those that are left make up for what it had.</summary>
    private async Task ProtectedInTimeAsync(Writers writers, string killed)
    {
        var end = Faults[^1];
        await ProtectedAsync(writers, killed);
        var took = TimeProvider.System.GetElapsedTime(end);
        output.WriteLine($"{killed} was killed: all protected after {took.TotalMilliseconds:0} ms");
        Assert.InRange(took, TimeSpan.Zero, ProtectedWithin);
    }
}

[Collection(nameof(FaultClusters))]
public sealed class MajorityKillScenes(MajorityFaultFixture fixture, ITestOutputHelper output)
    : KillScenes(fixture, output)
{
    /// <summary>Each node is killed once.</summary>
    private protected override int ShortStormSeconds => 20;
}

/// <summary>A process that is killed divides nobody: all that is promised there holds here.</summary>
[Collection(nameof(FaultClusters))]
public sealed class AvailableKillScenes(AvailableFaultFixture fixture, ITestOutputHelper output)
    : KillScenes(fixture, output)
{
    /// <summary>Two nodes are killed.</summary>
    private protected override int ShortStormSeconds => 10;
}
