using System.Globalization;
using System.Reflection;

namespace SessionCluster.Simulation.Mutations;

/// <summary>The command <c>mutations</c>.</summary>
internal static class MutationCommand
{
    private const int DefaultSeeds = 2000;

    /// <summary>The folder whose sources this program was built from.</summary>
    public static string Solution => typeof(MutationCommand).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(static fact => fact.Key == "Solution").Value!;

    /// <returns>0 when every fault was found, 1 when not, 2 when a switch is wrong.</returns>
    public static int Run(string[] arguments, TextWriter output)
    {
        string name = "";
        int seeds = DefaultSeeds;
        string catalog = "main";
        for (int index = 1; index < arguments.Length; index += 2)
        {
            string value = index + 1 < arguments.Length ? arguments[index + 1] : "";
            bool isKnown = arguments[index] switch
            {
                "--only" => (name = value).Length > 0,
                "--catalog" => (catalog = value) is "main" or "rare" or "stranger" or "outsider" or "sides",
                "--seeds" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out seeds) && seeds > 0,
                _ => false,
            };
            if (!isKnown)
            {
                output.WriteLine(
                    $"{arguments[index]} {value}: allowed are --only TEXT, --catalog main|rare|stranger|outsider|sides, "
                    + "and --seeds NUMBER from 1 on");
                return 2;
            }
        }

        IReadOnlyList<Mutation> faults = catalog switch
        {
            "rare" => RareMutations.All,
            "stranger" => StrangerMutations.All,
            "outsider" => OutsiderMutations.All,
            "sides" => SidesMutations.All,
            _ => MutationCatalog.All,
        };
        return MutationRun.TryAll(faults, Solution, name, seeds, output) ? 0 : 1;
    }
}
