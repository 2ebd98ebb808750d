using System.CommandLine;
using System.Globalization;

namespace SessionCluster.Simulation;

/// <summary>The options that several commands share.</summary>
internal static class SeedOptions
{
    public static readonly Option<SwarmProfile?> Profile = new("--profile")
    {
        Description = "How hard the cluster is tried; where it is not given, the seed chooses one of those that have the "
            + "policy Majority: all but AvailableKills, Divided and DividedFull.",
    };

    public static readonly Option<int> Nodes = AtLeast(0, new("--nodes")
    {
        Description = "How many nodes there are, whatever the seed says; 0 leaves it to the seed.",
    });

    /// <summary>Lets an option refuse a number that is too small.</summary>
    public static Option<int> AtLeast(int least, Option<int> option)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var given] && int.TryParse(given.Value, CultureInfo.InvariantCulture, out int number)
                && number < least)
            {
                result.AddError($"{option.Name} must be at least {least}.");
            }
        });
        return option;
    }
}
