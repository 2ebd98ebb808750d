using System.Globalization;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>Many seeds. A failure names the seed and the command that replays it.</summary>
public sealed class SwarmTests
{
    private const int FixedSeeds = 60;
    private const int FreshSeeds = 60;

    [Theory]
    [InlineData(nameof(SwarmProfile.SingleKills))]
    [InlineData(nameof(SwarmProfile.Single))]
    [InlineData(nameof(SwarmProfile.Kills))]
    [InlineData(nameof(SwarmProfile.Full))]
    public void Fixed_seeds_keep_all_promises(string profile) =>
        Try(new SwarmRun { First = 1, Seeds = FixedSeeds, Profile = Enum.Parse<SwarmProfile>(profile) });

    [Fact]
    public void Fresh_seeds_keep_all_promises()
    {
        string? told = Environment.GetEnvironmentVariable("SIM_SEED");
        bool isTold = ulong.TryParse(told, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed);
        ulong first = isTold ? seed : (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() * 100_000;
        TestContext.Current.TestOutputHelper?.WriteLine($"base seed {first}");
        Try(new SwarmRun { First = first, Seeds = isTold ? 1 : FreshSeeds });
    }

    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    public void The_same_seed_is_the_same_history(int seed)
    {
        SeedResult first = SeedResult.Of((ulong)seed, SwarmProfile.Full);
        SeedResult second = SeedResult.Of((ulong)seed, SwarmProfile.Full);
        Assert.Equal(first.TraceHash, second.TraceHash);
        Assert.Equal(first.Events, second.Events);
    }

    private static void Try(SwarmRun swarm)
    {
        string summary = swarm.Run();
        TestContext.Current.TestOutputHelper?.WriteLine(summary);
        Assert.True(swarm.Failures.Count == 0, summary + "\n" + string.Join("\n\n", swarm.Failures.Select(f => f.Report)));
    }
}
