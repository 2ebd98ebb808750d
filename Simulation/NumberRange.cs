using System.CommandLine;
using System.Globalization;

namespace SessionCluster.Simulation;

/// <summary>Lets an option refuse what is no whole number, and numbers that are not possible.</summary>
internal static class NumberRange
{
    /// <summary>Refuses what is smaller.</summary>
    public static Option<int> AtLeast(this Option<int> option, int least) =>
        option.Allow(number => number >= least, $"at least {least}");

    /// <summary>
    /// Refuses what is smaller than the one or greater than the other, and says so in the description.
    /// </summary>
    public static Option<int> Between(this Option<int> option, int least, int most)
    {
        option.Description += $" From {least} to {most}.";
        return option.Allow(number => number >= least && number <= most, $"from {least} to {most}");
    }

    /// <summary>Refuses what is no whole number, or does not fulfil a condition.</summary>
    /// <param name="option">The option.</param>
    /// <param name="isPossible">The condition.</param>
    /// <param name="range">The condition in words, after "must be".</param>
    public static Option<int> Allow(this Option<int> option, Predicate<int> isPossible, string range)
    {
        // The parser's own words for what is no number are the name of a type.
        option.CustomParser = result =>
        {
            string given = result.Tokens[0].Value;
            if (!int.TryParse(given, CultureInfo.InvariantCulture, out int number))
            {
                result.AddError($"{option.Name} must be a whole number, {range}, not '{given}'.");
            }
            else if (!isPossible(number))
            {
                result.AddError($"{option.Name} must be {range}.");
            }

            return number;
        };
        return option;
    }
}
