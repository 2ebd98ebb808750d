using SessionCluster.Simulation;
using SessionCluster.Simulation.Mutations;

namespace SessionCluster.Tests.Simulation;

/// <summary>What the simulator makes of its switches.</summary>
public sealed class SimulationCommandTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    [Theory]
    [InlineData("swarm", "--workers")]
    [InlineData("replay", "--about")]
    [InlineData("mutations", "--catalog")]
    public void Help_explains_the_switches_and_runs_nothing(string command, string option)
    {
        Assert.Equal(0, Run(command, "--help"));

        Assert.Contains(option, _output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("cluster-minutes", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--sedes", "swarm", "--sedes", "5")]
    [InlineData("--seeds must be a whole number, at least 1, not 'none'", "swarm", "--seeds", "none")]
    [InlineData("--seeds must be at least 1", "swarm", "--seeds", "0")]
    [InlineData("'Hard'", "swarm", "--profile", "Hard")]
    [InlineData("'17'", "swarm", "--seeds", "1", "--profile", "17")]
    [InlineData("'Full,Brief'", "replay", "--quiet", "--profile", "Full,Brief")]
    [InlineData("--nodes must be 0, or from 2 to 63", "swarm", "--seeds", "1", "--nodes", "1")]
    [InlineData("--nodes must be 0, or from 2 to 63", "replay", "--quiet", "--nodes", "64")]
    [InlineData("--nodes must be 0, or from 2 to 63", "replay", "--quiet", "--nodes", "-2")]
    [InlineData("--seed", "replay", "--seed", "-1")]
    [InlineData("--quietly", "replay", "--quietly")]
    [InlineData("often", "mutations", "--catalog", "often")]
    public void A_switch_that_is_not_known_or_not_possible_is_refused(string named, params string[] arguments)
    {
        Assert.Equal(1, Run(arguments));

        Assert.Contains(named, _errors.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("cluster-minutes", _output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("trace hash", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_swarm_and_a_replay_run_the_seed_that_they_are_given()
    {
        Assert.Equal(0, Run("swarm", "--seeds", "1", "--from", "3", "--profile", "SingleKills", "--workers", "1"));
        Assert.Contains("1 seeds from 3, 0 failed", _output.ToString(), StringComparison.Ordinal);

        Assert.Equal(0, Run("replay", "--seed", "3", "--profile", "singlekills", "--quiet"));
        Assert.Contains("seed 3, profile SingleKills", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_fresh_seed_is_told_before_it_is_tried_and_the_result_comes_last()
    {
        Assert.Equal(0, Run("swarm", "--seeds", "1", "--profile", "SingleKills", "--nodes", "2", "--workers", "1"));

        string[] lines = _output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Matches("^1 seeds from [0-9]+$", lines[0]);
        Assert.StartsWith($"{lines[0]}, 0 failed;", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_run_tells_how_far_it_has_come()
    {
        var told = new List<string>();
        var swarm = new SwarmRun
        {
            First = 3, Seeds = 2, Workers = 1, Profile = SwarmProfile.SingleKills,
            ProgressInterval = TimeSpan.Zero, TellProgress = told.Add,
        };
        swarm.Run();

        Assert.Equal(["1 of 2 seeds, 0 failed"], told);
    }

    [Theory]
    [InlineData(0, "--profile SingleKills")]
    [InlineData(3, "--profile SingleKills --nodes 3")]
    public void A_failure_tells_the_command_that_replays_it_as_it_was(int nodes, string end)
    {
        var run = new SeedRun(1, SwarmProfile.SingleKills, nodes);
        run.Cluster.Queue.After(
            TimeSpan.FromSeconds(1), static () => throw new SimulationFailedException("broken on purpose"));
        SeedResult result = SeedResult.Of(run);

        Assert.Equal("broken on purpose", result.Failure);
        Assert.EndsWith($"-- replay --seed 1 {end}", result.Report, StringComparison.Ordinal);
    }

    [Fact]
    public void Faults_of_which_there_are_none_are_refused_and_the_nearest_are_named()
    {
        Assert.Equal(1, Run("mutations", "--only", "without aply"));

        Assert.Contains("main has 'without aply'", _errors.ToString(), StringComparison.Ordinal);
        Assert.Contains("Nearest are: acknowledge without applying;", _errors.ToString(), StringComparison.Ordinal);
        Assert.Empty(_output.ToString());
    }

    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
    }

    private int Run(params string[] arguments) => SimulationCommand.Run(arguments, _output, _errors);
}
