using System.CommandLine;

namespace SessionCluster.Benchmarks.Report;

/// <summary>
/// The switch that says where results go. A folder that cannot be, or that takes no file, is refused before anything is
/// measured.
/// </summary>
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
            string probe = Path.Combine(folder, Path.GetRandomFileName());
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return true;
        }
        catch (Exception failure) when (
            failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            arguments.InvocationConfiguration.Error.WriteLine($"{option.Name} '{folder}': {failure.Message}");
            return false;
        }
    }

    /// <summary>Writes files; one that cannot be written keeps no other from it.</summary>
    /// <param name="folder">Where they go.</param>
    /// <param name="files">Their names, and what makes their contents.</param>
    /// <returns>What is wrong with those that could not be written.</returns>
    public static IReadOnlyList<string> Write(
        string folder, params ReadOnlySpan<(string Name, Func<string> Text)> files)
    {
        var failures = new List<string>();
        foreach ((string name, Func<string> text) in files)
        {
            try
            {
                File.WriteAllText(Path.Combine(folder, name), text());
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                failures.Add($"writing {name}: {failure.Message}");
            }
        }

        return failures;
    }
}
