using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SessionCluster.Benchmarks;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Compare;
using SessionCluster.Replication;
using Spectre.Console;

namespace SessionCluster.Tests.Benchmarks;

/// <summary>What is left of a comparison, whatever it meets.</summary>
public sealed partial class ComparisonRunTests : IDisposable
{
    private const string StrangeName = "[a]|<b>&\\_`c";

    private readonly string _folder = Directory.CreateTempSubdirectory("comparison-").FullName;
    private readonly StringWriter _output = new();

    [Fact]
    public async Task What_was_measured_before_something_failed_is_written_with_one_line_about_it()
    {
        var findings = new Findings(["none", "backup"]);
        int result = await RunAsync(findings, tell =>
        {
            tell("backup: speed, 1 of 5");
            findings.Add("read, straight", "requests", "1/s", "none", 42);
            throw new MemberException("node1 did not become ready", "its last words");
        });

        Assert.Equal(1, result);
        string[] lines = _output.ToString().Split(
            '\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(
            ["FAILED: backup: speed, 1 of 5: node1 did not become ready", $"Written to {_folder}"], lines[^2..]);
        Assert.Contains("its last words", lines);
        using JsonDocument written = JsonDocument.Parse(await ReadAsync("compare.json"));
        JsonElement measure = written.RootElement.GetProperty("measures")[0];
        Assert.Equal("read, straight", measure.GetProperty("section").GetString());
        Assert.Equal(1, written.RootElement.GetProperty("failures").GetArrayLength());
    }

    /// <summary>A log tells what was under way, however short: who ends a run goes by these lines.</summary>
    [Fact]
    public async Task Where_there_is_no_terminal_each_step_is_a_line_as_it_begins()
    {
        string[] steps = ["none: start", "backup: start", "idle, 1 of 1"];
        var seen = new List<string>();
        await RunAsync(new Findings(["none", "backup"]), tell =>
        {
            foreach (string step in steps)
            {
                tell(step);
                seen.Add(_output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].TrimEnd());
            }

            return Task.CompletedTask;
        });

        Assert.Equal(["none: start: 0%", "backup: start: 33%", "idle, 1 of 1: 66%"], seen);
    }

    [Fact]
    public async Task What_fails_leaves_the_others_their_turn()
    {
        var findings = new Findings(["none", "backup"]);
        int result = await RunAsync(findings, async tell =>
        {
            var attempts = new Attempts(findings, tell, TestContext.Current.CancellationToken);
            Assert.False(await attempts.TryAsync("none: speed", static () => throw new TimeoutException("too late.")));
            Assert.True(await attempts.TryAsync("backup: speed", () =>
            {
                findings.Add("read, straight", "requests", "1/s", "backup", 42);
                return Task.CompletedTask;
            }));
        });

        Assert.Equal(1, result);
        Assert.Equal(["none: speed: TimeoutException: too late"], findings.Failures);
        using JsonDocument written = JsonDocument.Parse(await ReadAsync("compare.json"));
        Assert.Contains(
            nameof(What_fails_leaves_the_others_their_turn),
            written.RootElement.GetProperty("exceptions")[0].GetString(),
            StringComparison.Ordinal);
        Assert.Equal(1, written.RootElement.GetProperty("measures").GetArrayLength());
    }

    [Fact]
    public void Each_round_begins_with_another_one()
    {
        Assert.Equal(["a", "b", "c"], Comparison.InTurn(["a", "b", "c"], 1));
        Assert.Equal(["b", "c", "a"], Comparison.InTurn(["a", "b", "c"], 2));
        Assert.Equal(["a", "b", "c"], Comparison.InTurn(["a", "b", "c"], 4));
    }

    [Fact]
    public async Task Where_nothing_was_measured_the_results_of_a_run_before_are_left()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "compare.json"), "before", TestContext.Current.CancellationToken);

        Assert.Equal(1, await RunAsync(new Findings(["none"]), static _ => throw new IOException("no more")));

        Assert.Equal("before", await ReadAsync("compare.json"));
    }

    [Fact]
    public async Task A_name_means_itself_in_the_table_the_picture_and_the_text()
    {
        var findings = new Findings(["none", "delta", "backup", "shared", StrangeName]);
        foreach (string column in findings.Modes)
        {
            findings.Add("1 KiB changed, straight", "requests", "1/s", column, 100);
        }

        Assert.Equal(0, await RunAsync(findings, static _ => Task.CompletedTask));

        Assert.Contains(StrangeName, _output.ToString(), StringComparison.Ordinal);
        var picture = XDocument.Parse(await ReadAsync("compare.svg"));
        Assert.Contains(picture.Descendants(), static element => element.Value == $"{StrangeName} 100 ×1.00");
        Assert.Contains("![", await ReadAsync("compare.md"), StringComparison.Ordinal);
        string[] table = [.. (await ReadAsync("compare.md")).Split('\n').Where(static line => line.StartsWith('|'))];
        Assert.All(table, line => Assert.Equal(findings.Modes.Count + 3, Bar().Count(line)));
    }

    [Fact]
    public async Task A_run_that_is_ended_before_anything_was_measured_says_so_and_prints_no_table()
    {
        int result = await RunAsync(new Findings(["none"]), static tell =>
        {
            tell("none: warm up");
            throw new OperationCanceledException();
        });

        Assert.Equal(1, result);
        string[] lines = _output.ToString().Split(
            '\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Contains("Nothing was measured.", lines);
        Assert.Equal($"FAILED: none: warm up: {Interruption.Notice}", lines[^1]);
        Assert.DoesNotContain("─", _output.ToString(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData(true, "none", "backup")]
    [InlineData(false, "backup")]
    public async Task A_ratio_to_none_is_spoken_of_where_none_was_measured(bool isSpokenOf, params string[] modes)
    {
        var findings = new Findings(modes);
        findings.Add("idle", "CPU of all", "% of a core", modes[0], 1);
        await RunAsync(findings, static _ => Task.CompletedTask);

        Assert.Equal(isSpokenOf, (await ReadAsync("compare.md")).Contains("ratio to none", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Redis 7.0.15", "none", "shared")]
    [InlineData(null, "none", "backup")]
    public async Task The_store_of_shared_is_named_where_it_is_measured(string? named, params string[] modes)
    {
        var findings = new Findings(modes);
        findings.Add("idle", "CPU of all", "% of a core", modes[0], 1);
        ComparisonOptions options = Options() with { StoreName = "Redis 7.0.15" };
        await RunAsync(findings, static _ => Task.CompletedTask, options);

        bool isNamed = (await ReadAsync("compare.md")).Contains("shared in Redis 7.0.15", StringComparison.Ordinal);
        Assert.Equal(named is not null, isNamed);
        using JsonDocument written = JsonDocument.Parse(await ReadAsync("compare.json"));
        Assert.Equal(named, written.RootElement.GetProperty("store").GetString());
    }

    [Fact]
    public void The_wire_is_measured_in_rounds_and_its_nodes_touch_each_others_sessions_meanwhile()
    {
        ComparisonOptions options = Options() with { Stages = ["wire"], Rounds = 3 };
        var comparison = new Comparison(options);

        Assert.Equal(6, comparison.Steps);
        ClusterSetup setup = new WireStage(options, comparison.Findings).SetupOf("backup");
        var settings = new ReplicationSettings
        {
            Self = new Member(new NodeId("a"), 1),
            Universe = [new ConfiguredPeer(new NodeId("a"), MemberRole.Node)],
            IdleTimeout = setup.IdleTimeout!.Value,
        };
        Assert.Equal(options.TouchInterval, settings.TouchInterval);
    }

    [Fact]
    public void The_balancer_is_compared_with_bare_YARP_where_the_speed_of_none_is_measured()
    {
        ComparisonOptions options = Options() with { Modes = ["none", "backup"], Stages = ["speed"], Rounds = 2 };
        var comparison = new Comparison(options);

        Assert.Equal(["none", "backup", BareProxy.Name], comparison.Columns);
        const int Started = 3, WarmedUp = 3, Measured = (2 * 6) + 3, Idle = 1;
        Assert.Equal(Started + WarmedUp + (2 * (Measured + Idle)), comparison.Steps);
        Assert.Equal(["backup"], new Comparison(options with { Modes = ["backup"] }).Columns);
        Assert.Equal(["none", "backup"], new Comparison(options with { Stages = ["wire"] }).Columns);
    }

    public void Dispose()
    {
        _output.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Bar();

    private Task<string> ReadAsync(string file) =>
        File.ReadAllTextAsync(Path.Combine(_folder, file), TestContext.Current.CancellationToken);

    private Task<int> RunAsync(
        Findings findings, Func<Action<string>, Task> measure, ComparisonOptions? options = null)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(_output),
        });
        console.Profile.Width = 200;
        return new ComparisonRun(options ?? Options(), findings, console).RunAsync(steps: 3, measure);
    }

    private ComparisonOptions Options() => OptionsWith(_folder);

    /// <summary>The least that there is of everything.</summary>
    /// <param name="output">The folder for what is written.</param>
    internal static ComparisonOptions OptionsWith(string output) => new()
    {
        Modes = ["none", "backup"],
        Stages = Comparison.AllStages,
        Nodes = 4,
        Rounds = 1,
        Connections = 1,
        Duration = TimeSpan.FromSeconds(1),
        WarmUp = TimeSpan.FromSeconds(1),
        Sessions = 100,
        WireRequests = 100,
        Output = output,
    };
}
