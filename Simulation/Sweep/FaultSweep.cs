using System.Collections.Concurrent;

namespace SessionCluster.Simulation;

/// <summary>
/// Every single fault at every message of a story. Chance meets the few milliseconds in which a session changes hands
/// seldom; this meets each of them, once.
/// </summary>
internal sealed class FaultSweep
{
    private readonly ConcurrentQueue<Failure> _failures = new();

    /// <summary>Of the story.</summary>
    public required ulong Seed { get; init; }

    /// <summary>What goes wrong.</summary>
    public IReadOnlyList<SingleFault> Faults { get; init; } = Enum.GetValues<SingleFault>();

    /// <summary>How many run at once.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>What went wrong, in the order of the messages.</summary>
    public IReadOnlyList<Failure> Failures => [.. _failures.OrderBy(static failure => failure.At)];

    /// <summary>Tells the story without a fault, and then with each at each message.</summary>
    /// <returns>One line that says what was done.</returns>
    public string Run()
    {
        var undisturbed = new FaultedStory(Seed, default, int.MaxValue);
        undisturbed.Run();
        var stories = Faults.SelectMany(fault => Enumerable.Range(0, undisturbed.Messages).Select(at => (fault, at))).ToArray();
        Parallel.ForEach(
            stories, new ParallelOptions { MaxDegreeOfParallelism = Workers }, story => Tell(story.fault, story.at));
        return $"seed {Seed}: {stories.Length} stories, each of {Faults.Count} faults at each of {undisturbed.Messages} messages; "
            + $"{_failures.Count} failed";
    }

    private void Tell(SingleFault fault, int at)
    {
        var story = new FaultedStory(Seed, fault, at);
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
