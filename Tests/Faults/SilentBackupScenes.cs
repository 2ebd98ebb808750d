using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Clients;

namespace SessionCluster.Tests.Faults;

/// <summary>What writes have to wait for while the process that has the backups stands still.</summary>
public abstract class SilentBackupScenes(FaultFixture fixture, ITestOutputHelper output) : FaultScenes(fixture)
{
    // Few, that they do not wait for one another on a busy machine.
    private const int Visitors = 4;
    private const double Most = 0.99;

    /// <summary>More than a hundred writes of each, also where the machine is slow.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(4);

    [Fact]
    public async Task F6_a_backup_that_stands_still_is_waited_for_once_and_not_for_long()
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, UseProxy = false });
        var backup = await SilentBackup.FindAsync(
            http, Cluster.AddressOf(SilentBackup.Primary), Cluster.Table, Visitors);

        TimeSpan[] took;
        await using (await Cluster.FreezeAsync(backup.Node))
        {
            var each = await Task.WhenAll(backup.Visitors.Select(visitor => visitor.WriteForAsync(Pause)));
            took = [.. each.SelectMany(times => times).Order()];
        }

        await Cluster.SeenByBalancerAsync(backup.Node, up: true);
        var ofMost = took[(int)(took.Length * Most)];
        output.WriteLine(
            $"{took.Length} writes while {backup.Node} stood still: p99 {ofMost.TotalMilliseconds:0.0} ms, "
            + $"the longest {took[^1].TotalMilliseconds:0.0} ms");
        Assert.InRange(ofMost, TimeSpan.Zero, SilentBackup.Patience);
        Assert.InRange(took[^1], SilentBackup.Patience, SilentBackup.LongestWait);
    }
}

[Collection(nameof(FaultClusters))]
public sealed class MajoritySilentBackupScenes(MajorityFaultFixture fixture, ITestOutputHelper output)
    : SilentBackupScenes(fixture, output);

[Collection(nameof(FaultClusters))]
public sealed class AvailableSilentBackupScenes(AvailableFaultFixture fixture, ITestOutputHelper output)
    : SilentBackupScenes(fixture, output);
