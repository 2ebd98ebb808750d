using System.Globalization;
using SessionCluster.Benchmarks.Compare;
using SessionCluster.Benchmarks.Profile;
using SessionCluster.Benchmarks.Report;
using Spectre.Console;

namespace SessionCluster.Tests.Benchmarks;

/// <summary>Loads that are held for who looks into the processes, in their quick form.</summary>
public sealed class ProfileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("profile-").FullName;
    private readonly List<string> _told = [];

    [Fact]
    public async Task A_load_is_held_on_each_way_and_a_command_beside_it_knows_the_processes()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The command is one of /bin/sh.");
        string[] ways = ProfiledCluster.AllWays;
        ProfileRun run = await RunAsync(ways, $"echo $NODES-$PROXY-$ALL > {_folder}/$NAME");

        Assert.Empty(run.Findings.Failures);
        Assert.Equal(ways, run.Findings.Measures.Select(static measure => measure.Name));
        Assert.All(run.Findings.Measures, static measure =>
        {
            Assert.Equal("none, session created", measure.Section);
            Assert.Equal(ProfileRun.Columns, measure.Samples.Keys);
            Assert.True(measure.Of("requests a second")!.Value.Median > 0);
            Assert.True(measure.Of("nodes, µs")!.Value.Median > 0);
            Assert.Equal(measure.Name == "straight", measure.Of("proxy, µs")!.Value.Median == 0);
        });
        string[] proxies = [.. ways.Select(way => ProcessesOf(way)[1])];
        Assert.Equal("", proxies[0]);
        Assert.Equal(ways.Length, proxies.Distinct().Count());
        Assert.All(ways, way =>
        {
            string[] processes = ProcessesOf(way);
            Assert.Equal(2, processes[0].Split(',').Length);
            Assert.Equal(5, processes[2].Split(',').Distinct().Count());
            Assert.Empty(processes[0].Split(',').Except(processes[2].Split(',')));
        });
        Assert.Contains(_told, static line => line.StartsWith(
            "none, session created, bare-yarp: 1 of 1, node1 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_command_that_fails_is_reported_and_the_figures_are_kept()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The command is one of /bin/sh.");
        ProfileRun run = await RunAsync(["straight"], "exit 3");

        string failure = Assert.Single(run.Findings.Failures);
        Assert.EndsWith("the command beside the load ended with code 3", failure, StringComparison.Ordinal);
        using var said = new StringWriter(CultureInfo.InvariantCulture);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(said) });
        console.Profile.Width = 200;
        new ProfileReport(Options(["straight"], null), run.Findings).Print(console);
        Assert.Matches(@"none, session created +straight +[\d,.]+ ", said.ToString());
        Assert.Contains("FAILED: none, session created, straight: 1 of 1", said.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'sideways'", "--ways", "sideways")]
    [InlineData("'delete'", "--loads", "write", "delete")]
    [InlineData("--seconds must be from 1 to 600", "--seconds", "0")]
    [InlineData("--warm-up must be a whole number, from 1 to 600, not 'long'", "--warm-up", "long")]
    [InlineData("leave it out, or --warm-up", "--quick", "--warm-up", "1")]
    public void A_load_that_cannot_be_held_is_refused(string named, params string[] arguments) => Assert.Contains(
        ProfileCommand.Create().Parse(arguments).Errors,
        error => error.Message.Contains(named, StringComparison.Ordinal));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static ProfileOptions Options(IReadOnlyList<string> ways, string? during) => new ProfileOptions
    {
        Modes = ["none"],
        Loads = ["create"],
        Ways = ways,
        Rounds = 1,
        Duration = TimeSpan.FromSeconds(1),
        WarmUp = TimeSpan.FromSeconds(1),
        Connections = 1,
        Nodes = 4,
        During = during,
    }.Quick();

    private async Task<ProfileRun> RunAsync(IReadOnlyList<string> ways, string during)
    {
        var run = new ProfileRun(Options(ways, during), _told.Add);
        await run.RunAsync(TestContext.Current.CancellationToken);
        return run;
    }

    private string[] ProcessesOf(string way) =>
        File.ReadAllText(Path.Combine(_folder, $"none-create-{way}")).Trim().Split('-');
}
