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
    [InlineData("--seeds", "swarm", "--seeds", "none")]
    [InlineData("--seeds must be at least 1", "swarm", "--seeds", "0")]
    [InlineData("--profile", "swarm", "--profile", "Hard")]
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

    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
    }

    private int Run(params string[] arguments) => SimulationCommand.Run(arguments, _output, _errors);
}
