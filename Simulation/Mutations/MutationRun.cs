using System.Diagnostics;
using System.Reflection;

namespace SessionCluster.Simulation.Mutations;

/// <summary>What the swarm made of one fault.</summary>
/// <param name="Mutation">The fault.</param>
/// <param name="Tried">How many seeds it took.</param>
/// <param name="Seed">The seed that found it; 0 when none did.</param>
/// <param name="Failure">Which promise it broke.</param>
/// <param name="Elapsed">How long that took, the compiler included.</param>
internal sealed record MutationResult(Mutation Mutation, int Tried, ulong Seed, string Failure, TimeSpan Elapsed)
{
    public bool IsFound => Failure.Length > 0;
}

/// <summary>The tests of the tests: lets the swarm look for each fault, seed after seed.</summary>
internal static class MutationRun
{
    /// <summary>Tries seeds from 1 on until one fails.</summary>
    public static MutationResult Try(MutantCompiler compiler, Mutation mutation, int seeds)
    {
        long began = Stopwatch.GetTimestamp();
        MethodInfo find = compiler.Compile(mutation).GetType(typeof(SwarmRun).FullName!, throwOnError: true)!
            .GetMethod(nameof(SwarmRun.FindFailure), BindingFlags.Public | BindingFlags.Static)!;
        var (tried, seed, failure) = ((int, ulong, string))find.Invoke(null, [seeds, mutation.Profile?.ToString() ?? ""])!;
        return new MutationResult(mutation, tried, seed, failure, Stopwatch.GetElapsedTime(began));
    }

    /// <summary>Tries one fault after the other, and writes a table.</summary>
    /// <returns>Whether every one was found.</returns>
    public static bool TryAll(IEnumerable<Mutation> faults, string root, int seeds, TextWriter output)
    {
        var compiler = new MutantCompiler(root);
        bool found = true;
        output.WriteLine("| fault | seeds | found by seed | promise that broke |");
        output.WriteLine("|---|---|---|---|");
        foreach (Mutation mutation in faults)
        {
            MutationResult result = Try(compiler, mutation, seeds);
            found &= result.IsFound;
            string failure = result.Failure.Split('\n')[0];
            output.WriteLine($"| {mutation.Name} | {result.Tried} | {(result.IsFound ? result.Seed : "none")} | {failure} |");
        }

        return found;
    }
}
