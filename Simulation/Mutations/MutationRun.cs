using System.Diagnostics;
using System.Reflection;

namespace SessionCluster.Simulation.Mutations;

/// <summary>What the swarm made of one fault, and where that found nothing, the sweep.</summary>
/// <param name="Mutation">The fault.</param>
/// <param name="Tried">How many seeds it took.</param>
/// <param name="Seed">The seed that found it, or the story; 0 when none did.</param>
/// <param name="IsSwept">Whether it was a story of the sweep.</param>
/// <param name="Failure">Which promise it broke.</param>
/// <param name="Elapsed">How long that took, the compiler included.</param>
internal sealed record MutationResult(
    Mutation Mutation, int Tried, ulong Seed, bool IsSwept, string Failure, TimeSpan Elapsed)
{
    public bool IsFound => Failure.Length > 0;

    /// <summary>What found it, for a table.</summary>
    public string FoundBy => !IsFound ? "none" : IsSwept ? $"sweep {Seed}" : $"{Seed}";
}

/// <summary>The tests of the tests: lets the swarm look for each fault, seed after seed.</summary>
internal static class MutationRun
{
    /// <summary>Tries seeds from 1 on until one fails, and then stories with every single fault.</summary>
    public static MutationResult Try(MutantCompiler compiler, Mutation mutation, int seeds, int stories = 0)
    {
        long began = Stopwatch.GetTimestamp();
        Assembly simulator = compiler.Compile(mutation);
        var (tried, seed, failure) = Find(
            simulator, typeof(SwarmRun), nameof(SwarmRun.FindFailure), seeds, mutation.Profile?.ToString() ?? "");
        bool isSwept = failure.Length == 0 && stories > 0 && mutation.Profile is null;
        if (isSwept)
        {
            (_, seed, failure) = Find(
                simulator, typeof(SingleFaultSearch), nameof(SingleFaultSearch.FindFailure), stories);
        }

        return new MutationResult(mutation, tried, seed, isSwept, failure, Stopwatch.GetElapsedTime(began));
    }

    /// <summary>Tries one fault after the other, and writes a table.</summary>
    /// <returns>Whether every one was found.</returns>
    public static bool TryAll(IEnumerable<Mutation> faults, string root, int seeds, int stories, TextWriter output)
    {
        var compiler = new MutantCompiler(root);
        bool found = true;
        output.WriteLine("| fault | seeds | found by seed | promise that broke |");
        output.WriteLine("|---|---|---|---|");
        foreach (Mutation mutation in faults)
        {
            MutationResult result = Try(compiler, mutation, seeds, stories);
            found &= result.IsFound;
            string failure = result.Failure.Split('\n')[0];
            output.WriteLine($"| {mutation.Name} | {result.Tried} | {result.FoundBy} | {failure} |");
        }

        return found;
    }

    /// <summary>Asks a search of the simulator that runs on the machine with the fault.</summary>
    private static (int Tried, ulong Seed, string Failure) Find(
        Assembly simulator, Type search, string method, params object[] limits) =>
        ((int, ulong, string))simulator.GetType(search.FullName!, throwOnError: true)!
            .GetMethod(method, BindingFlags.Public | BindingFlags.Static)!.Invoke(null, limits)!;
}
