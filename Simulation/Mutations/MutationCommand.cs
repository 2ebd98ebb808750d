using System.CommandLine;
using System.Reflection;

namespace SessionCluster.Simulation.Mutations;

/// <summary>The command <c>mutations</c>.</summary>
internal static class MutationCommand
{
    private const int NearestShown = 3;

    private static readonly Option<string> Only = new("--only")
    {
        Description = "Tries only the faults with this text in their name.",
        DefaultValueFactory = static _ => "",
    };

    private static readonly Option<int> Seeds = new Option<int>("--seeds")
    {
        Description = "How many seeds to try at most, for each fault.",
        DefaultValueFactory = static _ => 2000,
    }.AtLeast(1);

    private static readonly Option<int> Stories = new Option<int>("--stories")
    {
        Description = "How many stories of the sweep to try, for each fault that no seed finds.",
        DefaultValueFactory = static _ => 1,
    }.AtLeast(0);

    private static readonly Option<string> Catalog = new Option<string>("--catalog")
    {
        Description = "Which faults.",
        DefaultValueFactory = static _ => "main",
    }.AcceptOnlyFromAmong("main", "rare", "stranger", "outsider", "reader", "sides", "adversary", "reviewer",
        "passer", "auditor", "memory", "maintainer", "examiner", "inspector");

    /// <summary>The folder whose sources this program was built from.</summary>
    public static string Solution => typeof(MutationCommand).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(static fact => fact.Key == "Solution").Value!;

    public static Command Create()
    {
        var command = new Command(
            "mutations",
            "Compiles the machine with each deliberate fault and lets the swarm look for it, then the sweep.")
        {
            Only, Seeds, Stories, Catalog,
        };
        command.SetAction(Run);
        return command;
    }

    /// <returns>0 where every fault was found; 1 where one was not, or none was chosen.</returns>
    private static int Run(ParseResult arguments)
    {
        IReadOnlyList<Mutation> faults = arguments.GetValue(Catalog) switch
        {
            "rare" => RareMutations.All,
            "stranger" => StrangerMutations.All,
            "outsider" => OutsiderMutations.All,
            "reader" => ReaderMutations.All,
            "sides" => SidesMutations.All,
            "adversary" => AdversaryMutations.All,
            "reviewer" => ReviewerMutations.All,
            "passer" => PasserMutations.All,
            "auditor" => AuditorMutations.All,
            "memory" => MemoryMutations.All,
            "maintainer" => MaintainerMutations.All,
            "examiner" => [.. ExaminerMutations.All, .. ExaminerDoubtMutations.All],
            "inspector" => [.. InspectorMutations.All, .. InspectorSideMutations.All],
            _ => MutationCatalog.All,
        };
        string only = arguments.GetValue(Only)!;
        Mutation[] chosen =
            [.. faults.Where(fault => fault.Name.Contains(only, StringComparison.OrdinalIgnoreCase))];
        if (chosen.Length == 0)
        {
            IEnumerable<string> nearest = NearestNames.Of(
                faults.Select(static fault => fault.Name), only, NearestShown);
            arguments.InvocationConfiguration.Error.WriteLine(
                $"No fault of the catalog {arguments.GetValue(Catalog)} has '{only}' in its name. Nearest are: "
                + $"{string.Join("; ", nearest)}.");
            return 1;
        }

        TextWriter output = arguments.InvocationConfiguration.Output;
        return MutationRun.TryAll(
            chosen, Solution, arguments.GetValue(Seeds), arguments.GetValue(Stories), output) ? 0 : 1;
    }
}
