using System.CommandLine;

namespace SessionCluster.Benchmarks.Report;

/// <summary>The switch that says where results go. A folder that cannot be is refused before anything is measured.</summary>
internal static class OutputFolder
{
    /// <summary>Makes the switch.</summary>
    /// <param name="what">What the folder is for.</param>
    /// <param name="fallback">Its name below <c>artifacts</c>, where nothing is said.</param>
    public static Option<string> Create(string what, string fallback) => new("--output")
    {
        Description = $"The folder for {what}.",
        DefaultValueFactory = _ => Path.Combine("artifacts", fallback),
    };

    /// <summary>Makes the folder, where it is not there, and says what is wrong where it cannot be.</summary>
    public static bool TryMake(ParseResult arguments, Option<string> option, out string folder)
    {
        folder = arguments.GetValue(option)!;
        try
        {
            Directory.CreateDirectory(folder);
            return true;
        }
        catch (Exception failure) when (
            failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            arguments.InvocationConfiguration.Error.WriteLine($"{option.Name} '{folder}': {failure.Message}");
            return false;
        }
    }
}
