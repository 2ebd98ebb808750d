using System.CommandLine;
using SessionCluster.Benchmarks.Load;

namespace SessionCluster.Benchmarks;

/// <summary>What Ctrl+C and SIGTERM do to a run.</summary>
internal static class Interruption
{
    /// <summary>
    /// So long a run may take to end its members and to report what it has measured. By default that is two seconds,
    /// too few for twenty processes on a busy machine: the report was cut, and members could be left over.
    /// </summary>
    public static readonly TimeSpan Patience = LoadGenerator.Patience + TimeSpan.FromSeconds(20);

    /// <summary>How a command is run.</summary>
    public static InvocationConfiguration Configuration => new() { ProcessTerminationTimeout = Patience };
}
