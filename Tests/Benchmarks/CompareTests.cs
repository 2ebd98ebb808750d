using System.Diagnostics;
using System.Text.Json;
using SessionCluster.Benchmarks.Cluster;

namespace SessionCluster.Tests.Benchmarks;

/// <summary>The comparison in its quick form: that all is measured, not what comes out.</summary>
public sealed class CompareTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private static readonly string[] Modes = ["none", "backup"];

    [Fact]
    public async Task Every_measure_is_taken_of_every_mode_on_real_processes()
    {
        string folder = Directory.CreateTempSubdirectory("compare-").FullName;
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(Patience);
            using var process = Process.Start(new ProcessStartInfo(
                "dotnet",
                [ProgramFiles.PathOf("Benchmarks"), "compare", "--quick", "--modes", .. Modes, "--output", folder])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            Task<string> complaints = process.StandardError.ReadToEndAsync(patience.Token);
            string output = await process.StandardOutput.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            Assert.True(process.ExitCode == 0, output + await complaints);

            using JsonDocument results =
                JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "compare.json"), patience.Token));
            JsonElement[] measures = [.. results.RootElement.GetProperty("measures").EnumerateArray()];
            Assert.All(measures, CheckMeasure);
            Assert.Contains(
                measures, static measure => measure.GetProperty("name").GetString() == "protected after a kill");
            const string Lost = "lost after a kill, of 100 looked at";
            Assert.Equal(0, MedianOf(measures, "many sessions", Lost, "backup"));
            Assert.InRange(MedianOf(measures, "many sessions", Lost, "none"), 30, 40);
            Assert.True(MedianOf(measures, "on the wire", "1 KiB changed", "backup") > 1024);
            Assert.True(double.IsFinite(MedianOf(measures, "many sessions", "heap, balancer", "backup")));
            Assert.True(MedianOf(measures, "1 KiB changed, balancer", "requests", BareProxy.Name) > 0);
            Assert.All(
                (string[])["1 KiB changed, one client", "read, 20 a touch interval"],
                name => Assert.True(double.IsFinite(MedianOf(measures, "on the wire", name, "none"))));
            Assert.Empty(results.RootElement.GetProperty("failures").EnumerateArray());
            Assert.True(File.Exists(Path.Combine(folder, "compare.md")));
            Assert.True(File.Exists(Path.Combine(folder, "compare.svg")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void CheckMeasure(JsonElement measure)
    {
        JsonElement modes = measure.GetProperty("modes");
        bool isOfBackupOnly = measure.GetProperty("name").GetString() == "protected after a kill";
        foreach (string mode in isOfBackupOnly ? ["backup"] : Modes)
        {
            double median = modes.GetProperty(mode).GetProperty("median").GetDouble();
            Assert.True(double.IsFinite(median), $"{measure.GetProperty("name")} of {mode} is {median}");
        }
    }

    private static double MedianOf(JsonElement[] measures, string section, string name, string mode) => measures
        .Single(measure => measure.GetProperty("section").GetString() == section
            && measure.GetProperty("name").GetString() == name)
        .GetProperty("modes").GetProperty(mode).GetProperty("median").GetDouble();
}
