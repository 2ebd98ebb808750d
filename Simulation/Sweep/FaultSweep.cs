using System.Collections.Concurrent;

namespace SessionCluster.Simulation;

/// <summary>
/// Every single fault at every message of a story. Chance meets the few milliseconds in which a session changes hands
/// seldom; this meets each of them, once.
/// </summary>
internal sealed class FaultSweep
{
    private readonly ConcurrentQueue<Failure> _failures = new();

    /// <summary>The story that is told again and again.</summary>
    public required StoryOptions Story { get; init; }

    /// <summary>What goes wrong.</summary>
    public IReadOnlyList<SingleFault> Faults { get; init; } = Enum.GetValues<SingleFault>();

    /// <summary>How many stories are told; where it is less than all, chance chooses them, by the seed.</summary>
    public int StoriesAtMost { get; init; } = int.MaxValue;

    /// <summary>How many run at once.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>What went wrong, in the order of the messages.</summary>
    public IReadOnlyList<Failure> Failures => [.. _failures.OrderBy(static failure => failure.At)];

    /// <summary>Tells the story without a fault, and then with each at each message, or a sample of these.</summary>
    /// <returns>One line that says what was done.</returns>
    public string Run()
    {
        var undisturbed = new FaultedStory(Story, default, int.MaxValue);
        undisturbed.Run();
        (SingleFault Fault, int At)[] places =
            [.. Faults.SelectMany(fault => Enumerable.Range(0, undisturbed.Messages).Select(at => (fault, at)))];
        (SingleFault Fault, int At)[] stories = Sample(places);
        Parallel.ForEach(
            stories, new ParallelOptions { MaxDegreeOfParallelism = Workers }, story => Tell(story.Fault, story.At));
        return $"{Story}: {stories.Length} stories, of each of {Faults.Count} faults at each of {undisturbed.Messages} messages; "
            + $"{_failures.Count} failed";
    }

    /// <summary>A part of them that is the seed's own.</summary>
    private (SingleFault Fault, int At)[] Sample((SingleFault Fault, int At)[] places)
    {
        if (places.Length <= StoriesAtMost)
        {
            return places;
        }

        SeededRandom.For(Story.Seed, "sample").Shuffle(places);
        return places[..StoriesAtMost];
    }

    private void Tell(SingleFault fault, int at)
    {
        var story = new FaultedStory(Story, fault, at);
        try
        {
            story.Run();
        }
        catch (Exception failure)
        {
            // Whatever went wrong, in the machine or in the simulator, is a failure of this story alone.
            _failures.Enqueue(new Failure(fault, at, story.Occasion, failure.Message));
        }
    }

    /// <summary>A story in which a promise was broken.</summary>
    /// <param name="Fault">What went wrong.</param>
    /// <param name="At">At which message.</param>
    /// <param name="Occasion">The message.</param>
    /// <param name="Reason">Which promise.</param>
    internal sealed record Failure(SingleFault Fault, int At, string Occasion, string Reason)
    {
        public override string ToString() => $"{Fault} at message {At} ({Occasion}): {Reason}";
    }
}
