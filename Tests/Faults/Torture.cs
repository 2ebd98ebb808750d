using System.Globalization;
using SessionCluster.Tests.EndToEnd;
using SessionCluster.Tests.Faults.Clients;

namespace SessionCluster.Tests.Faults;

/// <summary>
/// Minutes of random kills and pauses, every few seconds, two nodes at a time at most. Only for who asks for it:
/// <c>TORTURE_SECONDS=180</c>; <c>TORTURE_SEED</c> makes the same choices again, though not at the same instants, and
/// <c>TORTURE_POLICY=Available</c> does it with that policy instead of <c>Majority</c>. <c>TORTURE_OUTPUT</c> names a
/// folder for what was found and for what the members have written, at the end, whatever it was.
/// </summary>
public abstract class Torture(FaultFixture fixture, ITestOutputHelper output) : FaultScenes(fixture)
{
    private const int MostAtOnce = 2;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private static readonly string[] Policies = ["Majority", "Available"];
    private readonly HashSet<string> _hit = [];
    private readonly List<Task> _recoveries = [];
    private long _begunAnewBefore;

    /// <summary>As <c>TORTURE_POLICY</c> names it.</summary>
    private protected abstract string Policy { get; }

    [Fact]
    public async Task Nothing_acknowledged_is_lost_while_random_nodes_are_killed_and_frozen()
    {
        var seconds = ReadNumber("TORTURE_SECONDS");
        Assert.SkipWhen(seconds is null, "Runs for as long as TORTURE_SECONDS says.");
        var policy = Environment.GetEnvironmentVariable("TORTURE_POLICY") ?? "Majority";
        Assert.Contains(policy, Policies);
        Assert.SkipUnless(policy == Policy, $"TORTURE_POLICY={policy}");
        var seed = ReadNumber("TORTURE_SEED") ?? Random.Shared.Next();
        output.WriteLine($"TORTURE_SEED={seed}");
        var random = new Random(seed);
        await using var writers = await StartWritersAsync([.. RunningCluster.NodeNames]);
        writers.StartLeavers(2, [Cluster.BalancerAddress, .. Doors([.. RunningCluster.NodeNames])]);
        _begunAnewBefore = SessionsBegunAnew;

        var began = Ledger.Now;
        while (TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(seconds!.Value))
        {
            await Task.Delay(
                TimeSpan.FromSeconds(1 + (random.NextDouble() * 3)), TestContext.Current.CancellationToken);
            Hit(random);
        }

        await Task.WhenAll(_recoveries);
        await ProtectedAsync(writers);
        var whileFaultsLasted = writers.Ledger.Findings.Count;
        var ledger = await writers.FinishAsync();
        await WriteOutputAsync(ledger);
        AssertNothingWrong([.. ledger.Findings.Take(whileFaultsLasted)], IsOfSessionBegunAnew);
        AssertNothingWrong([.. ledger.Findings.Skip(whileFaultsLasted)], static finding => finding.IsOfRegister);
        await ProtectedAsync(writers);
        var throughBalancer = ledger.Failures.Where(failure => failure.Door == Cluster.BalancerAddress).ToList();
        output.WriteLine($"{_recoveries.Count} faults; {ledger}; {writers.Ended} sessions have ended; "
            + $"{BegunAnewHere} were begun anew; errors through the balancer {throughBalancer.Count}");
        throughBalancer.ForEach(failure => output.WriteLine($"{failure}"));
    }

    /// <summary>
    /// With <c>Available</c>, where one node stands still and the other one with its sessions is killed before that is
    /// noticed, the others serve them without what they had, and say so, until the first one goes on: then each value
    /// that only one side has changed must be there, and of one that both have changed, one.
    /// </summary>
    private long BegunAnewHere => SessionsBegunAnew - _begunAnewBefore;

    private static bool IsOfSessionBegunAnew(Finding finding) =>
        finding.Fault is Fault.LostSession or Fault.LostWrite or Fault.OlderState or Fault.LateWrite;

    private void AssertNothingWrong(IReadOnlyList<Finding> findings, Func<Finding, bool> isExcused)
    {
        var wrong = BegunAnewHere == 0 ? findings : [.. findings.Where(finding => !isExcused(finding))];
        Assert.True(wrong.Count == 0, $"{wrong.Count} findings\n{string.Join('\n', wrong.Take(20))}");
    }

    private async Task WriteOutputAsync(Ledger ledger)
    {
        if (Environment.GetEnvironmentVariable("TORTURE_OUTPUT") is not { Length: > 0 } folder)
        {
            return;
        }

        Directory.CreateDirectory(folder);
        await File.WriteAllLinesAsync(
            Path.Combine(folder, "findings.txt"), ledger.Findings.Select(finding => finding.Dated));
        foreach (var member in RunningCluster.NodeNames.Append(RunningCluster.Balancer))
        {
            await File.WriteAllLinesAsync(Path.Combine(folder, $"{member}.txt"), await Cluster.OutputOfAsync(member));
        }
    }

    private void Hit(Random random)
    {
        lock (_hit)
        {
            var standing = RunningCluster.NodeNames.Except(_hit).ToArray();
            if (_hit.Count >= MostAtOnce)
            {
                return;
            }

            var node = standing[random.Next(standing.Length)];
            var pause = LongestPause * random.NextDouble();
            _hit.Add(node);
            _recoveries.Add(random.Next(2) == 0 ? KillAndStartAsync(node) : FreezeForAsync(node, pause));
        }
    }

    private async Task KillAndStartAsync(string node)
    {
        output.WriteLine($"{Clock} kill {node}");
        await using (await KillAsync(node))
        {
        }

        Recovered(node);
    }

    private async Task FreezeForAsync(string node, TimeSpan pause)
    {
        output.WriteLine($"{Clock} freeze {node} for {pause.TotalSeconds:0.0} s");
        await using (await FreezeAsync(node))
        {
            await Task.Delay(pause);
        }

        await Cluster.SeenByBalancerAsync(node, up: true);
        Recovered(node);
    }

    private void Recovered(string node)
    {
        output.WriteLine($"{Clock} {node} is back");
        lock (_hit)
        {
            _hit.Remove(node);
        }
    }

    private static string Clock => DateTime.UtcNow.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    private static int? ReadNumber(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}

[Collection(nameof(FaultClusters))]
public sealed class MajorityTorture(MajorityFaultFixture fixture, ITestOutputHelper output) : Torture(fixture, output)
{
    private protected override string Policy => "Majority";
}

[Collection(nameof(FaultClusters))]
public sealed class AvailableTorture(AvailableFaultFixture fixture, ITestOutputHelper output) : Torture(fixture, output)
{
    private protected override string Policy => "Available";
}
