using System.CommandLine;

namespace SessionCluster.Simulation.Mutations;

/// <summary>The simulator as a program.</summary>
internal static class SimulationCommand
{
    /// <returns>
    /// 0 where all was as it should be, 1 where a promise was broken, a fault was not found or a switch is wrong.
    /// </returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        var root = new RootCommand("Runs whole clusters under a virtual clock and network, each made from one seed.")
        {
            SwarmCommand.Create(),
            ReplayCommand.Create(),
            SweepCommand.Create(),
            MutationCommand.Create(),
        };
        return root.Parse(arguments).Invoke(new InvocationConfiguration { Output = output, Error = errors });
    }
}
