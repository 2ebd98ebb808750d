using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>"Any single failure" taken literally: each of them, at each message of a story, and it lasts.</summary>
public sealed class SweepTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Every_single_fault_at_every_message_loses_nothing_and_keeps_no_session_away(int seed) => Try((ulong)seed);

    [Fact]
    public void The_same_holds_for_a_fresh_story() =>
        Try((ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());

    private static void Try(ulong seed)
    {
        var sweep = new FaultSweep { Seed = seed };
        string summary = sweep.Run();
        TestContext.Current.TestOutputHelper?.WriteLine(summary);
        Assert.True(sweep.Failures.Count == 0, summary + "\n" + string.Join('\n', sweep.Failures.Take(20)));
    }
}
