using System.CommandLine;
using System.Reflection;

namespace SessionCluster.Simulation.Mutations;

/// <summary>The command <c>mutations</c>.</summary>
internal static class MutationCommand
{
    private static readonly Option<string> Only = new("--only")
    {
        Description = "Tries only the faults with this text in their name.",
        DefaultValueFactory = static _ => "",
    };

    private static readonly Option<int> Seeds = SeedOptions.AtLeast(1, new("--seeds")
    {
        Description = "How many seeds to try at most, for each fault.",
        DefaultValueFactory = static _ => 2000,
    });

    private static readonly Option<string> Catalog = new Option<string>("--catalog")
    {
        Description = "Which faults.",
        DefaultValueFactory = static _ => "main",
    }.AcceptOnlyFromAmong("main", "rare", "stranger", "outsider", "reader", "sides");

    /// <summary>The folder whose sources this program was built from.</summary>
    public static string Solution => typeof(MutationCommand).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(static fact => fact.Key == "Solution").Value!;

    public static Command Create()
    {
        var command = new Command(
            "mutations", "Compiles the machine with each deliberate fault and lets the swarm look for it.")
        {
            Only, Seeds, Catalog,
        };
        command.SetAction(Run);
        return command;
    }

    /// <returns>0 where every fault was found, else 1.</returns>
    private static int Run(ParseResult arguments)
    {
        IReadOnlyList<Mutation> faults = arguments.GetValue(Catalog) switch
        {
            "rare" => RareMutations.All,
            "stranger" => StrangerMutations.All,
            "outsider" => OutsiderMutations.All,
            "reader" => ReaderMutations.All,
            "sides" => SidesMutations.All,
            _ => MutationCatalog.All,
        };
        TextWriter output = arguments.InvocationConfiguration.Output;
        return MutationRun.TryAll(faults, Solution, arguments.GetValue(Only)!, arguments.GetValue(Seeds), output) ? 0 : 1;
    }
}
