using System.Diagnostics;
using System.Text.Json;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Compare;
using SessionCluster.Benchmarks.Report;
using SessionCluster.Benchmarks.Scale;
using SessionCluster.Benchmarks.Steps;
using Spectre.Console;

namespace SessionCluster.Tests.Benchmarks;

/// <summary>
/// The other measurements in their quick form: that all is measured, and that laws are told as they are.
/// </summary>
public sealed class MeasuringTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Growth_is_measured_and_a_write_goes_to_one_other_node_whatever_the_size()
    {
        using JsonDocument results = await RunAsync("scale", "scale.json");
        JsonElement[] measures = [.. results.RootElement.GetProperty("measures").EnumerateArray()];
        Assert.Equal(20, measures.Length);
        Assert.All(measures, static measure => Assert.All(
            measure.GetProperty("values").EnumerateObject(), static value => Assert.True(value.Value.GetDouble() > 0)));
        JsonElement write = measures.Single(static measure => measure.GetProperty("section").GetString() == "write"
            && measure.GetProperty("name").GetString() == "messages");
        Assert.Equal("constant", write.GetProperty("law").GetString());
        Assert.All(
            write.GetProperty("values").EnumerateObject(),
            static value => Assert.InRange(value.Value.GetDouble(), 1.9, 2.2));
    }

    /// <summary>
    /// As soon as a node is a member copies are moved to it. How many of them are before it serves is chance, and
    /// tripled what the join of a node among 64 seemed to take.
    /// </summary>
    [Fact]
    public void What_is_moved_to_a_node_is_not_counted_as_its_join()
    {
        var cluster = new ScaledCluster(
            4, new ScaleOptions { Sessions = 200 }, TestContext.Current.CancellationToken);
        cluster.CreateSessions();
        cluster.Settle();
        cluster.KillOne();
        (Traffic views, Traffic sessions) = (cluster.OfViews, cluster.OfSessions);

        cluster.StartAgain();
        cluster.Settle();

        // A question and an answer for each part of the map that has sessions, and a few messages for each member.
        Assert.InRange((cluster.OfViews - views).Messages, 200, 2 * 200 + 10 * 4);
        Assert.InRange((cluster.OfSessions - sessions).Messages, 2 * cluster.CountCopiesOfLast(), double.MaxValue);
    }

    /// <summary>
    /// The more nodes, the fewer copies one has, and the more the view says that its death costs: divided by the copies
    /// it would be most of each of them.
    /// </summary>
    [Fact]
    public void What_a_death_costs_once_is_not_counted_for_each_copy_that_it_costs()
    {
        const int Nodes = 32, Value = 1024, ARecord = 250;
        var run = new ScaleRun(new ScaleOptions { Sizes = [Nodes], Sessions = 200, SessionBytes = Value });
        run.Run(static _ => { }, TestContext.Current.CancellationToken);

        double ofEach = run.Growths.Single(static growth =>
            growth is ("its copies are replaced", "bytes a copy")).Values[Nodes];
        Assert.InRange(ofEach, Value, Value + (ARecord * Nodes));
    }

    [Fact]
    public void A_size_that_fails_leaves_the_others_their_turn_and_is_reported()
    {
        var options = new ScaleOptions { Sizes = [2, -1, 3], Sessions = 20 };
        var run = new ScaleRun(options);
        run.Run(static _ => { }, TestContext.Current.CancellationToken);

        Assert.StartsWith("-1 nodes: ", Assert.Single(run.Failures), StringComparison.Ordinal);
        Assert.Equal([2, 3], run.Growths.Single(static growth => growth is ("write", "messages")).Values.Keys);
        using var said = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(said) });
        console.Profile.Width = 200;
        new ScaleReport(options, run).Print(console);
        Assert.Contains($"FAILED: {run.Failures[0]}", said.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_phase_that_fails_leaves_the_others_their_turn_and_is_named_in_its_table()
    {
        var run = new StepsRun(new StepsOptions().Quick() with { Patience = TimeSpan.Zero });
        run.Run(static _ => { }, TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                "While 1000 sessions are created (FAILED)",
                "In 0.17 minutes of rest",
                "From the death of one node until all is protected again (FAILED)",
                "In 0.17 minutes after that",
            ],
            run.Tables.Select(static table => table.Title));
        Assert.All(run.Tables, static table => Assert.NotEmpty(table.Rows.Rows));
        Assert.Equal(
            ["sessions are created: TimeoutException: 1000 sessions: not settled within 00:00:00",
                "one node dies: TimeoutException: 1000 sessions: not settled within 00:00:00"],
            run.Failures);
    }

    [Fact]
    public void The_steps_of_machines_with_many_sessions_are_measured()
    {
        var run = new StepsRun(new StepsOptions().Quick());
        run.Run(static _ => { }, TestContext.Current.CancellationToken);

        Assert.Empty(run.Failures);
        Assert.Equal(StepsRun.Phases - 1, run.Tables.Count);
        Assert.All(run.Tables, static table => Assert.NotEmpty(table.Rows.Rows));
    }

    [Fact]
    public async Task Codec_machine_and_commit_path_are_measured_with_what_they_allocate()
    {
        (string said, JsonDocument results) =
            await RunToEndAsync("micro", Path.Combine("results", "*-report-brief.json"));
        using JsonDocument _ = results;
        JsonElement[] benchmarks = [.. results.RootElement.GetProperty("Benchmarks").EnumerateArray()];
        Assert.Equal(9, benchmarks.Length);
        Assert.All(benchmarks, static benchmark =>
        {
            Assert.True(benchmark.GetProperty("Statistics").GetProperty("Mean").GetDouble() > 0);
            Assert.True(benchmark.GetProperty("Memory").GetProperty("BytesAllocatedPerOperation").GetInt64() >= 0);
        });

        // How far it is, and the table; what BenchmarkDotNet says meanwhile is in its own file.
        Assert.Matches(@"\b\d\d ?%", said);
        Assert.Contains("Method ", said, StringComparison.Ordinal);
        Assert.DoesNotContain("// *****", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("constant", 5, 5.1, 4.9, 5)]
    [InlineData("3·n", 6, 12, 24.1, 47.9)]
    [InlineData("5·(n − 1)", 5, 15, 35, 75)]
    [InlineData("0.5·n²", 2, 8, 32, 128)]
    [InlineData("4/n", 2, 1, 0.5, 0.25)]
    [InlineData("1150 + 82·n", 1314, 1478, 1806, 2462)]
    [InlineData("2.5·n − 1", 4, 9, 19, 39)]
    [InlineData("100 + 400/n", 300, 200, 150, 125)]
    [InlineData("1002 + 96.7·n", 1190, 1360, 1881, 2484)]
    [InlineData("∝ n^0.5", 1, 1.414, 2, 2.828)]
    public void The_law_is_told_that_fits_best(
        string law, double atTwo, double atFour, double atEight, double atSixteen)
    {
        var growth = new Growth("", "") { Values = { [2] = atTwo, [4] = atFour, [8] = atEight, [16] = atSixteen } };

        Assert.Equal(law, growth.Law?.Text);
    }

    [Fact]
    public void A_simple_law_is_told_where_figures_only_waver_and_none_of_a_single_size()
    {
        Assert.Equal("constant", new Growth("", "") { Values = { [4] = 35, [8] = 34, [16] = 35 } }.Law?.Text);
        Assert.Equal("constant", new Growth("", "") { Values = { [2] = 7, [4] = 7.1 } }.Law?.Text);
        string? rough = new Growth("", "") { Values = { [2] = 17, [4] = 48, [8] = 66, [16] = 190 } }.Law?.Text;
        Assert.StartsWith("≈ ", rough, StringComparison.Ordinal);
        string? none = new Growth("", "") { Values = { [2] = 15, [4] = 60, [8] = 62, [16] = 240 } }.Law?.Text;
        Assert.Equal("no simple law", none);
        Assert.Null(new Growth("", "") { Values = { [2] = 7 } }.Law);
    }

    [Theory]
    [InlineData("ms", 1124, 0.0007, null)]
    [InlineData("ms", 0.5, 1, 0.5)]
    [InlineData("ms", 0.5, 0.5, 1.0)]
    [InlineData("B/request", 1124, 0.5, null)]
    [InlineData("B/session", 89, -3, null)]
    [InlineData("B/session", 3000, 1500, 2.0)]
    public void There_is_no_ratio_to_next_to_nothing(string unit, double backup, double none, double? ratio)
    {
        var findings = new Findings(["none", "backup"]);
        findings.Add("on the wire", "read", unit, "none", none);
        findings.Add("on the wire", "read", unit, "backup", backup);

        Assert.Equal(ratio, findings.Measures.Single().Ratio("backup")?.Median);
    }

    [Fact]
    public void A_ratio_is_to_the_same_round_whatever_the_rounds_between_were()
    {
        var findings = new Findings(["none", "backup"]);
        double?[][] rounds = [[100, 50], [10, 4], [1000, 600], [null, 7], [100, null]];
        for (int round = 0; round < rounds.Length; round++)
        {
            findings.Round = round + 1;
            foreach ((string mode, double? sample) in findings.Modes.Zip(rounds[round]))
            {
                if (sample is { } value)
                {
                    findings.Add("read", "requests", "1/s", mode, value);
                }
            }
        }

        Assert.Equal(new Summary(0.5, 0.4, 0.6), findings.Measures.Single().Ratio("backup"));
    }

    private static async Task<JsonDocument> RunAsync(string command, string file) =>
        (await RunToEndAsync(command, file)).Written;

    private static async Task<(string Said, JsonDocument Written)> RunToEndAsync(string command, string file)
    {
        string folder = Directory.CreateTempSubdirectory("measure-").FullName;
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(Patience);
            using var process = Process.Start(new ProcessStartInfo(
                "dotnet", [ProgramFiles.PathOf("Benchmarks"), command, "--quick", "--output", folder])
            {
                RedirectStandardOutput = true,
            })!;
            string output = await process.StandardOutput.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            Assert.True(process.ExitCode == 0, output);
            string[] found = Directory.GetFiles(folder, file);
            return (output, JsonDocument.Parse(await File.ReadAllTextAsync(Assert.Single(found), patience.Token)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
