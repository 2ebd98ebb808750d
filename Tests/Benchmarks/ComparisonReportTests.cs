using SessionCluster.Benchmarks.Compare;
using SessionCluster.Benchmarks.Report;

namespace SessionCluster.Tests.Benchmarks;

/// <summary>What a report says of how it came about, and which files there are of it.</summary>
public sealed class ComparisonReportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("report-").FullName;

    private ComparisonOptions Options => ComparisonRunTests.OptionsWith(_folder);

    [Theory]
    [InlineData("1 round of 1 s after 1 s of warm-up for each load, 100 sessions;", 1, 1, 1)]
    [InlineData("2 rounds of 1 s after", 2, 2, 2)]
    [InlineData("1 of 2 rounds of 1 s after", 2, 1, 1)]
    [InlineData("1 to 2 of 3 rounds of 1 s after", 3, 1, 2)]
    [InlineData("1 client, 1 round; ", 1, 1, 1, "wire")]
    [InlineData("1 client, 1 round, 100 sessions; ", 1, 1, 1, "wire", "sessions")]
    public async Task The_conditions_tell_what_was_done(
        string told, int rounds, int ofOne, int ofOther, params string[] stages)
    {
        var findings = new Findings(["backup"]);
        foreach ((string section, int measured) in new[] { ("one", ofOne), ("other", ofOther) })
        {
            for (findings.Round = 1; findings.Round <= measured; findings.Round++)
            {
                findings.Add(section, "idle", "B/s", "backup", 1);
            }
        }

        string[] measuredStages = stages.Length == 0 ? Comparison.AllStages : stages;
        new ComparisonReport(Options with { Rounds = rounds, Stages = measuredStages }, findings).Write(_folder);

        Assert.Contains(told, await ReadAsync("compare.md"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_there_is_nothing_to_draw_there_is_no_picture_and_no_link_to_it()
    {
        var findings = new Findings(["none"]);
        findings.Add("on the wire", "read", Measure.WireUnit, "none", 42);
        new ComparisonReport(Options, findings).Write(_folder);

        Assert.False(File.Exists(Path.Combine(_folder, "compare.svg")));
        Assert.DoesNotContain("![", await ReadAsync("compare.md"), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder, "compare.json")));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<string> ReadAsync(string file) =>
        File.ReadAllTextAsync(Path.Combine(_folder, file), TestContext.Current.CancellationToken);
}
