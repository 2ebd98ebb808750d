using System.Reflection;

namespace SessionCluster.Benchmarks.Cluster;

/// <summary>Where the programs that are measured were built: in the same configuration as this one.</summary>
internal static class ProgramFiles
{
    public static string Configuration { get; } = Read("Configuration");

    /// <summary>Figures of another build say nothing.</summary>
    public static bool IsRelease => Configuration == "Release";

    /// <summary>Where a program is.</summary>
    /// <param name="project">Which.</param>
    /// <param name="root">The work tree that it was built in; null for this program's own.</param>
    public static string PathOf(string project, string? root = null) => Path.Combine(
        root ?? Read("RepositoryRoot"), project, Read("OutputFolder"), $"SessionCluster.{project}.dll");

    private static string Read(string key) => typeof(ProgramFiles).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().First(attribute => attribute.Key == key).Value!;
}
