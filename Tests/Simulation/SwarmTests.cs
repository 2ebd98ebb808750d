using System.Diagnostics;
using System.Globalization;
using SessionCluster.Simulation;
using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.Simulation;

/// <summary>Many seeds. A failure names the seed and the command that replays it.</summary>
public sealed class SwarmTests
{
    private const int FixedSeeds = 60;
    private const int FixedSeedsOfSides = 40;
    private const int FreshSeedsOfSides = 20;
    private const int FreshSeeds = 60;

    [Theory]
    [InlineData(nameof(SwarmProfile.SingleKills))]
    [InlineData(nameof(SwarmProfile.Single))]
    [InlineData(nameof(SwarmProfile.Kills))]
    [InlineData(nameof(SwarmProfile.Brief))]
    [InlineData(nameof(SwarmProfile.Changes))]
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

    /// <summary>With the policy Available, under its own promises.</summary>
    [Theory]
    [InlineData(nameof(SwarmProfile.AvailableKills))]
    [InlineData(nameof(SwarmProfile.Divided))]
    [InlineData(nameof(SwarmProfile.DividedFull))]
    public void Sides_that_serve_on_their_own_keep_their_promises(string profile)
    {
        SwarmProfile sides = Enum.Parse<SwarmProfile>(profile);
        ulong fresh = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() * 100_000;
        TestContext.Current.TestOutputHelper?.WriteLine($"base seed {fresh}");
        Try(new SwarmRun { First = 1, Seeds = FixedSeedsOfSides, Profile = sides });
        Try(new SwarmRun { First = fresh, Seeds = FreshSeedsOfSides, Profile = sides });
    }

    /// <summary>Three of four seeds keep the profile that they had when there was the policy Majority alone.</summary>
    [Fact]
    public void Seeds_of_no_profile_try_both_policies()
    {
        const ulong turns = 72;
        var drawn = Enumerable.Range(0, (int)turns).Select(static seed => SwarmRun.ProfileOf((ulong)seed)).ToList();

        Assert.Equal(
            Enum.GetValues<SwarmProfile>().Select(static profile => (profile, profile > SwarmProfile.Full ? 6 : 9)),
            drawn.CountBy(static profile => profile).Select(static count => (count.Key, count.Value)).Order());
    }

    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    public async Task The_same_seed_is_the_same_history_in_every_process(int seed)
    {
        string[] printed = await Task.WhenAll(ReplayAsync(seed), ReplayAsync(seed));
        SeedResult here = SeedResult.Of((ulong)seed, SwarmProfile.Full);

        Assert.Equal([$"trace hash {here.TraceHash:x16}", $"trace hash {here.TraceHash:x16}"], printed);
    }

    /// <summary>Runs a seed in a process of its own.</summary>
    /// <returns>The last line that it prints, which is the hash.</returns>
    private static async Task<string> ReplayAsync(int seed)
    {
        ProcessStartInfo start = BuiltProgram.Of(
            "SessionCluster.Simulation", "replay", "--profile", nameof(SwarmProfile.Full), "--quiet",
            "--seed", seed.ToString(CultureInfo.InvariantCulture));
        using Process replay = Process.Start(start)!;
        string printed = await replay.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await replay.WaitForExitAsync(TestContext.Current.CancellationToken);
        return printed.TrimEnd().Split('\n')[^1].TrimEnd();
    }

    private static void Try(SwarmRun swarm)
    {
        string summary = swarm.Run();
        TestContext.Current.TestOutputHelper?.WriteLine(summary);
        Assert.True(
            swarm.Failures.Count == 0, summary + "\n" + string.Join("\n\n", swarm.Failures.Select(f => f.Report)));
    }
}
