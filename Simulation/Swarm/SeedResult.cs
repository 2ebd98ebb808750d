using System.Globalization;
using System.Reflection;
using System.Text;

namespace SessionCluster.Simulation;

/// <summary>What became of one seed.</summary>
internal sealed record SeedResult
{
    public required ulong Seed { get; init; }

    public required SwarmProfile Profile { get; init; }

    public required ulong TraceHash { get; init; }

    public required TimeSpan Simulated { get; init; }

    public required TimeSpan Convergence { get; init; }

    public required int Faults { get; init; }

    public required long Acknowledged { get; init; }

    /// <summary>How many of them while nobody who lived may have known how the session was.</summary>
    public required long Unchecked { get; init; }

    public required long Unavailable { get; init; }

    public required long Lost { get; init; }

    public required long Events { get; init; }

    /// <summary>How many sessions there were when the faults ended.</summary>
    public required int Sessions { get; init; }

    /// <summary>
    /// Of how many of them nobody may have known any more how they were, as all who knew had died: nothing is promised
    /// of those. What was answered of them before was checked all the same.
    /// </summary>
    public required int Excused { get; init; }

    /// <summary>How often a member got again what it had lost in its memory, or dropped what was left there.</summary>
    public required int Repaired { get; init; }

    /// <summary>How long that took at most.</summary>
    public required TimeSpan SlowestRepair { get; init; }

    /// <summary>How often a second cluster was founded, under which nothing is promised.</summary>
    public required int SecondFoundings { get; init; }

    /// <summary>Which promise was broken; empty when none.</summary>
    public string Failure { get; init; } = "";

    /// <summary>The failure with all that is needed to look into it.</summary>
    public string Report { get; init; } = "";

    public bool HasFailed => Failure.Length > 0;

    /// <summary>
    /// Runs one seed to its end. Lines are kept only when it is run for the second time, because it has failed: they
    /// cost time, and the same seed is the same history.
    /// </summary>
    public static SeedResult Of(ulong seed, SwarmProfile profile, int nodes = 0)
    {
        SeedResult first = Of(new SeedRun(seed, profile, nodes, TraceDetail.Hash));
        if (!first.HasFailed)
        {
            bool mayTell = nodes == 0 && profile <= SwarmProfile.Full;
            return mayTell && SingleFaultSearch.TellOf(seed) is { } broken
                ? first with { Failure = broken.Failure, Report = $"{broken.Failure}\n{broken.Replay}" }
                : first;
        }

        SeedResult second = Of(new SeedRun(seed, profile, nodes));
        return second.Failure == first.Failure && second.TraceHash == first.TraceHash
            ? second
            : first with { Report = $"{first.Report}\nIT DID NOT HAPPEN AGAIN. The second time: {second.Failure}\n{second.Report}" };
    }

    /// <summary>Runs one seed to its end.</summary>
    public static SeedResult Of(SeedRun run)
    {
        try
        {
            run.Run();
            return Sum(run);
        }
        catch (Exception failure)
        {
            // Whatever went wrong, in the machine or in the simulator, is a failure of this seed alone.
            return Sum(run) with { Failure = Describe(failure), Report = ReportOf(run, failure) };
        }
    }

    private static SeedResult Sum(SeedRun run) => new()
    {
        Seed = run.Seed,
        Profile = run.Profile,
        TraceHash = run.Cluster.Trace.Hash,
        Simulated = run.Cluster.Queue.Now,
        Convergence = run.Convergence,
        Faults = run.Faults,
        Acknowledged = run.Cluster.History.Acknowledged,
        Unchecked = run.Cluster.History.Unchecked,
        Unavailable = run.Cluster.History.Unavailable,
        Lost = run.Cluster.History.Lost,
        Events = run.Cluster.Queue.Happened,
        Sessions = run.Sessions,
        Excused = run.Excused,
        Repaired = run.Cluster.Repairs.Repaired,
        SlowestRepair = run.Cluster.Repairs.Slowest,
        SecondFoundings = run.Cluster.Ledger.Views.SecondFoundings,
    };

    private static string Describe(Exception failure) => failure.InnerException is { } inner
        ? $"{failure.Message}: {inner.GetType().Name}: {inner.Message}"
        : failure is SimulationFailedException ? failure.Message : $"{failure.GetType().Name}: {failure.Message}";

    private static string ReportOf(SeedRun run, Exception failure)
    {
        const int lines = 50;
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"seed {run.Seed}, profile {run.Profile}, commit {Commit()}");
        text.AppendLine(
            CultureInfo.InvariantCulture, $"FAILED at {run.Cluster.Queue.Now.TotalSeconds:F4} s: {Describe(failure)}");
        text.AppendLine(CultureInfo.InvariantCulture, $"the last {lines} lines:");
        foreach (string line in run.Cluster.Trace.Latest(lines))
        {
            text.AppendLine(line);
        }

        if (failure is not SimulationFailedException { InnerException: null })
        {
            text.AppendLine(failure.ToString());
        }

        string nodes = run.GivenNodes > 0 ? $" --nodes {run.GivenNodes}" : "";
        text.Append(CultureInfo.InvariantCulture,
            $"replay: dotnet run -c Release --project Simulation -- replay --seed {run.Seed} --profile {run.Profile}{nodes}");
        return text.ToString();
    }

    private static string Commit()
    {
        string? told = Environment.GetEnvironmentVariable("SIM_COMMIT");
        string? version = typeof(SeedResult).Assembly
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        int plus = version?.IndexOf('+', StringComparison.Ordinal) ?? -1;
        return told ?? (plus >= 0 ? version![(plus + 1)..] : "unknown");
    }
}
