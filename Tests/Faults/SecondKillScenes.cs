using System.Globalization;
using System.Text.RegularExpressions;
using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Clients;
using SessionCluster.Tests.Faults.Members;

namespace SessionCluster.Tests.Faults;

/// <summary>A node is killed while the sessions of one that was killed before get their backups again.</summary>
[Collection(nameof(LoopbackClusters))]
public sealed partial class SecondKillScenes(ITestOutputHelper output)
{
    private const string First = "node1";
    private const string Second = "node2";

    /// <summary>How often both may be killed until the second kill comes before all is protected again.</summary>
    private const int MostTries = 5;

    // Some 500 of them are on the two nodes that are killed. To send that much takes long enough to be met.
    private const int Sessions = 3000;
    private const int SessionBytes = 64_000;
    private static readonly string[] Survivors = ["node3", "node4"];
    private static readonly string[] All = [First, Second, .. Survivors];

    [Fact]
    public async Task F4_what_a_second_kill_during_protection_costs_is_as_many_sessions_as_the_members_say()
    {
        await using var cluster = new LoopbackCluster(All);
        await cluster.StartAsync([MemberCluster.Balancer, .. All]);
        await cluster.OpenAsync(All);
        await using var crowd = new Crowd(cluster.DoorOf(MemberCluster.Balancer), SessionBytes);
        await crowd.ComeAsync(Sessions);
        crowd.StartWriting();

        var (lost, unprotected) = (0, 0);
        for (var tries = 1; lost == 0; tries++)
        {
            Assert.True(tries <= MostTries, $"All was protected again before the second kill, {MostTries} times.");
            unprotected = await KillBothAsync(cluster);
            lost = await crowd.CompareAllAsync();
        }

        output.WriteLine(
            $"{unprotected} sessions were on {Second} alone just before it was killed; {lost} are lost; "
            + $"{crowd.Ledger}");
        crowd.Ledger.AssertNothingBut(Fault.LostSession);
        Assert.InRange(lost, 1, unprotected);
        foreach (var member in Survivors.Append(MemberCluster.Balancer))
        {
            await Eventually.SeeAsync(
                $"{lost} sessions lost in what {member} writes", Patience.Request,
                () => Task.FromResult(ToldLost(cluster.OutputOf(member))), told => told == lost);
        }
    }

    /// <summary>
    /// Kills the first node, waits until some of the sessions that only the second one has left are given a backup, and
    /// others are not yet, and kills the second. Then both are started again.
    /// </summary>
    /// <returns>How many were on the second node alone when it was last asked; none where that came too late.</returns>
    private static async Task<int> KillBothAsync(LoopbackCluster cluster)
    {
        await cluster.KillAsync(First);
        var most = 0;
        var alone = await Eventually.SeeAsync(
            $"fewer and fewer sessions on {Second} alone",
            Patience.Protection,
            () => cluster.AskAsync<StopPage>(Second, "/_node/safe-to-stop"),
            page => page.WouldBeLost < (most = Math.Max(most, page.WouldBeLost)),
            TimeSpan.Zero);
        await cluster.KillAsync(Second);

        await cluster.ServeAsync(Survivors);
        await cluster.StartAsync(First, Second);
        await cluster.OpenAsync(All);
        await Eventually.SeeAsync(
            "all sessions on two nodes",
            Patience.Protection,
            () => Task.WhenAll(All.Select(node => cluster.AskAsync<StopPage>(node, "/_node/safe-to-stop"))),
            pages => pages.All(page => page.WouldBeLost == 0));
        return alone.WouldBeLost;
    }

    private static int ToldLost(IEnumerable<string> lines) => lines
        .Select(line => LostLine().Match(line))
        .Where(match => match.Success)
        .Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex("([0-9]+) sessions are lost")]
    private static partial Regex LostLine();
}
