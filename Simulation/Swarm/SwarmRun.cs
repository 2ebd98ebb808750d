using System.Collections.Concurrent;
using System.Diagnostics;

namespace SessionCluster.Simulation;

/// <summary>Very many seeds, each in a world of its own, on all processors.</summary>
internal sealed class SwarmRun
{
    /// <summary>What ended worlds may leave behind: less than makes the runtime collect by itself.</summary>
    private const long WorldsBytes = 12_000_000;

    private readonly ConcurrentQueue<SeedResult> _failures = new();
    private long _collectedAt;
    private readonly Lock _sums = new();
    private TimeSpan _simulated;
    private TimeSpan _slowestConvergence;
    private TimeSpan _slowestRepair;
    private int _repaired;
    private long _acknowledged;
    private long _unchecked;
    private long _faults;
    private long _events;
    private long _lost;
    private long _sessions;
    private long _excused;
    private int _split;
    private int _done;
    private long _reportedAt;

    public required ulong First { get; init; }

    public required int Seeds { get; init; }

    /// <summary>The profile of all seeds; where it is not given, seeds take turns.</summary>
    public SwarmProfile? Profile { get; init; }

    public int Nodes { get; init; }

    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Whether the run ends at the first seed that fails.</summary>
    public bool StopsAtFirst { get; init; }

    public IReadOnlyCollection<SeedResult> Failures => _failures;

    /// <summary>Says which seed has failed, and how.</summary>
    public Action<string> Tell { get; init; } = static _ => { };

    /// <summary>Says how far it has come.</summary>
    public Action<string> TellProgress { get; init; } = static _ => { };

    /// <summary>How often it does.</summary>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The profile that a seed has when none is asked for: those of the policy Majority take turns, and after three such
    /// turns one is that of the policy Available.
    /// </summary>
    public static SwarmProfile ProfileOf(ulong seed)
    {
        const ulong ofMajority = (ulong)SwarmProfile.Full + 1;
        const ulong ofAvailable = (ulong)SwarmProfile.DividedFull + 1 - ofMajority;
        const ulong turns = 4;
        bool isOfAvailable = seed / ofMajority % turns == turns - 1;
        return (SwarmProfile)(isOfAvailable ? ofMajority + (seed % ofAvailable) : seed % ofMajority);
    }

    /// <summary>Tries seeds from 1 on, on all processors, until one fails.</summary>
    /// <param name="seeds">How many.</param>
    /// <param name="profile">The name of their profile; where it is empty, they take turns.</param>
    /// <returns>How many were tried, the least that failed and why; no reason where none did.</returns>
    public static (int Tried, ulong Seed, string Failure) FindFailure(int seeds, string profile)
    {
        SwarmProfile? given = profile.Length == 0 ? null : Enum.Parse<SwarmProfile>(profile);
        var swarm = new SwarmRun { First = 1, Seeds = seeds, StopsAtFirst = true, Profile = given };
        swarm.Run();
        SeedResult? least = swarm.Failures.MinBy(static failure => failure.Seed);
        return (swarm._done, least?.Seed ?? 0, least?.Failure ?? "");
    }

    /// <summary>Runs all seeds.</summary>
    /// <returns>One line that says what was done.</returns>
    public string Run()
    {
        long began = _reportedAt = Stopwatch.GetTimestamp();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Workers };
        Parallel.For(0L, Seeds, options, (index, loop) =>
        {
            ulong seed = First + (ulong)index;
            SeedResult result = SeedResult.Of(seed, Profile ?? ProfileOf(seed), Nodes);
            Add(result);
            CollectWorlds();
            if (result.HasFailed && StopsAtFirst)
            {
                loop.Stop();
            }
        });

        TimeSpan elapsed = Stopwatch.GetElapsedTime(began);
        double rate = _simulated.TotalMinutes / elapsed.TotalSeconds;
        return $"{_done} seeds from {First}, {_failures.Count} failed; {_simulated.TotalMinutes:F0} cluster-minutes in "
            + $"{elapsed.TotalSeconds:F1} s ({rate:F0} a second with {Workers} workers, {rate / Workers:F0} a worker); "
            + $"{_faults} faults, {_acknowledged} acknowledged commits ({_unchecked} of them excused), {_events} events; "
            + $"{_lost} answers 'lost', {_excused} of {_sessions} sessions excused, {_split} seeds with two clusters; "
            + $"{_repaired} losses of memory mended; slowest recovery {_slowestConvergence.TotalSeconds:F1} s, "
            + $"slowest mend {_slowestRepair.TotalSeconds:F1} s";
    }

    /// <summary>
    /// Of worlds that have ended nothing is left to keep, so here a collection copies nothing; one in the midst of a
    /// seed copies all that the seed has made.
    /// </summary>
    private void CollectWorlds()
    {
        long allocated = GC.GetTotalAllocatedBytes();
        if (allocated - Interlocked.Read(ref _collectedAt) >= WorldsBytes)
        {
            Interlocked.Exchange(ref _collectedAt, allocated);
            GC.Collect(1, GCCollectionMode.Forced, blocking: true);
        }
    }

    private void Add(SeedResult result)
    {
        lock (_sums)
        {
            _done++;
            _simulated += result.Simulated;
            _acknowledged += result.Acknowledged;
            _unchecked += result.Unchecked;
            _faults += result.Faults;
            _events += result.Events;
            _lost += result.Lost;
            _sessions += result.Sessions;
            _excused += result.Excused;
            _repaired += result.Repaired;
            _slowestRepair = result.SlowestRepair > _slowestRepair ? result.SlowestRepair : _slowestRepair;
            _split += result.SecondFoundings > 0 ? 1 : 0;
            _slowestConvergence = result.Convergence > _slowestConvergence ? result.Convergence : _slowestConvergence;
            if (result.HasFailed)
            {
                _failures.Enqueue(result);
                Tell($"seed {result.Seed} {result.Profile}: {result.Failure}");
            }

            if (Stopwatch.GetElapsedTime(_reportedAt) >= ProgressInterval && _done < Seeds)
            {
                _reportedAt = Stopwatch.GetTimestamp();
                TellProgress($"{_done} of {Seeds} seeds, {_failures.Count} failed");
            }
        }
    }
}
