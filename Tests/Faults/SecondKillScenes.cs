using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Clients;
using SessionCluster.Tests.Faults.Members;

namespace SessionCluster.Tests.Faults;

/// <summary>A node is killed while the sessions of one that was killed before get their backups again.</summary>
public abstract class SecondKillScenes(FaultFixture fixture, ITestOutputHelper output) : FaultScenes(fixture)
{
    private const string First = "node1";
    private const string Second = "node2";

    /// <summary>How often both may be killed until the second kill comes before all is protected again.</summary>
    private const int MostTries = 5;

    // Some 300 of them are on the two nodes that are killed. To send that much takes long enough to be met.
    private const int Sessions = 1800;
    private const int SessionBytes = 64_000;
    private static readonly string[] Survivors = ["node3", "node4"];
    private static readonly string[] All = [First, Second, .. Survivors];

    [Fact]
    public async Task F4_what_a_second_kill_during_protection_costs_is_as_many_sessions_as_the_members_say()
    {
        // What scenes before this one have left is not to be lost among the rest: all its copies die here.
        await RestartAllAsync();
        try
        {
            await KillUntilSomeAreLostAsync();
        }
        finally
        {
            // So many and so large ones are not to be in the way of the next scene.
            await RestartAllAsync();
        }
    }

    private async Task KillUntilSomeAreLostAsync()
    {
        await using var crowd = new Crowd(Cluster.BalancerAddress, SessionBytes);
        await crowd.ComeAsync(Sessions);
        crowd.StartWriting();
        var losses = await HearLossesAsync(Survivors.Append(RunningCluster.Balancer));

        var (lost, unprotected) = (0, 0);
        for (var tries = 1; lost == 0; tries++)
        {
            Assert.True(tries <= MostTries, $"All was protected again before the second kill, {MostTries} times.");
            unprotected = await KillBothAsync();
            lost = await crowd.CompareAllAsync();
        }

        output.WriteLine(
            $"{unprotected} sessions were on {Second} alone just before it was killed; {lost} are lost; {crowd.Ledger}");
        crowd.Ledger.AssertNothingBut(Fault.LostSession);
        Assert.InRange(lost, 1, unprotected);
        await losses.EqualAsync(lost);
    }

    private async Task RestartAllAsync()
    {
        await using (await KillAsync(All))
        {
        }
    }

    /// <summary>
    /// Kills the first node, waits until some of the sessions that only the second one has left are given a backup, and
    /// others are not yet, and kills the second. Then both are started again.
    /// </summary>
    /// <returns>How many were on the second node alone when it was last asked; none where that came too late.</returns>
    private async Task<int> KillBothAsync()
    {
        await using var first = await KillAsync(First);
        var most = 0;
        var alone = await Eventually.SeeAsync(
            $"fewer and fewer sessions on {Second} alone",
            Patience.Protection,
            () => Cluster.AskAsync<StopPage>(Second, "/_node/safe-to-stop"),
            page => page.WouldBeLost < (most = Math.Max(most, page.WouldBeLost)),
            TimeSpan.Zero);
        await using var second = await KillAsync(Second);

        await InOneViewAsync(Survivors);
        await Task.WhenAll(first.EndAsync(), second.EndAsync());
        await Eventually.SeeAsync(
            "all sessions on two nodes",
            Patience.Protection,
            () => Task.WhenAll(All.Select(node => Cluster.AskAsync<StopPage>(node, "/_node/safe-to-stop"))),
            pages => pages.All(page => page.WouldBeLost == 0));
        return alone.WouldBeLost;
    }
}

[Collection(nameof(FaultClusters))]
public sealed class MajoritySecondKillScenes(MajorityFaultFixture fixture, ITestOutputHelper output)
    : SecondKillScenes(fixture, output);

/// <summary>Two of five members that die one after the other divide nobody either.</summary>
[Collection(nameof(FaultClusters))]
public sealed class AvailableSecondKillScenes(AvailableFaultFixture fixture, ITestOutputHelper output)
    : SecondKillScenes(fixture, output);
