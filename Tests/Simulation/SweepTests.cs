using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// "Any single failure" taken literally: each of them, at each message of a story, and it lasts. Here it is a sample of
/// each; the command <c>sweep</c> leaves nothing out.
/// </summary>
public sealed class SweepTests
{
    private const int StoriesAtMost = 700;

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void A_fault_at_any_message_loses_nothing_and_keeps_no_session_away(int seed) =>
        Try(new StoryOptions { Seed = (ulong)seed });

    [Fact]
    public void The_same_holds_where_sides_may_serve_on_their_own() =>
        Try(new StoryOptions { Seed = 1, Policy = PartitionPolicy.Available });

    [Fact]
    public void The_same_holds_while_a_node_is_restarted_as_planned() =>
        Try(new StoryOptions { Seed = 1, Change = PlannedChange.Restart });

    [Fact]
    public void The_same_holds_while_a_node_joins() =>
        Try(new StoryOptions { Seed = 1, Change = PlannedChange.Join });

    [Fact]
    public void The_same_holds_where_a_second_short_fault_follows() =>
        Try(new StoryOptions { Seed = 1, HasAftershock = true });

    [Fact]
    public void The_same_holds_with_two_backups_on_five_nodes() =>
        Try(new StoryOptions { Seed = 1, Nodes = 5, Backups = 2, HasAftershock = true });

    [Fact]
    public void The_same_holds_for_a_fresh_story_of_any_kind()
    {
        ulong seed = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        SeededRandom random = SeededRandom.For(seed, "kind");
        Try(new StoryOptions
        {
            Seed = seed,
            Policy = random.Chance(0.3) ? PartitionPolicy.Available : PartitionPolicy.Majority,
            Change = random.Pick(Enum.GetValues<PlannedChange>()),
            HasAftershock = random.Chance(0.5),
        });
    }

    private static void Try(StoryOptions story)
    {
        var sweep = new FaultSweep { Story = story, StoriesAtMost = StoriesAtMost };
        string summary = sweep.Run();
        TestContext.Current.TestOutputHelper?.WriteLine(summary);
        Assert.True(sweep.Failures.Count == 0, summary + "\n" + string.Join('\n', sweep.Failures.Take(20)));
    }
}
