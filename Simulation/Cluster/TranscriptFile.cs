namespace SessionCluster.Simulation;

/// <summary>Compares the transcript of a story with the one that was agreed.</summary>
internal static class TranscriptFile
{
    /// <summary>
    /// Compares with <c>Simulation/Traces/{name}</c> beside the program. Where they differ, what came is written beside
    /// it, so that it can be read and, where it is right, put in its place.
    /// </summary>
    public static void MatchesFile(this ClusterTrace trace, string name)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Simulation", "Traces", name);
        string[] expected = File.Exists(path) ? File.ReadAllLines(path) : [];
        for (int index = 0; index < Math.Max(expected.Length, trace.Transcript.Count); index++)
        {
            string wanted = index < expected.Length ? expected[index] : "(the end)";
            string came = index < trace.Transcript.Count ? trace.Transcript[index] : "(the end)";
            if (wanted != came)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllLines(path + ".actual", trace.Transcript);
                throw new SimulationFailedException(
                    $"line {index + 1} of {name} should be\n  {wanted}\nbut is\n  {came}\nAll that came is in {name}.actual.");
            }
        }
    }
}
