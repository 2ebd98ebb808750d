using System.Reflection;

namespace SessionCluster.Benchmarks.Cluster;

/// <summary>Where the programs that are measured were built: in the same configuration as this one.</summary>
internal static class ProgramFiles
{
    public static string Configuration { get; } = Read("Configuration");

    /// <summary>Figures of another build say nothing.</summary>
    public static bool IsRelease => Configuration == "Release";

    public static string PathOf(string project) => Path.Combine(
        Read("RepositoryRoot"), project, Read("OutputFolder"), $"SessionCluster.{project}.dll");

    private static string Read(string key) => typeof(ProgramFiles).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().First(attribute => attribute.Key == key).Value!;
}
