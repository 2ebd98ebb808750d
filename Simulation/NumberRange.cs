using System.CommandLine;
using System.Globalization;

namespace SessionCluster.Simulation;

/// <summary>Lets an option refuse numbers that are not possible. What is no number at all the parser refuses.</summary>
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

    /// <summary>Refuses what does not fulfil a condition.</summary>
    /// <param name="option">The option.</param>
    /// <param name="isPossible">The condition.</param>
    /// <param name="range">The condition in words, after "must be".</param>
    public static Option<int> Allow(this Option<int> option, Predicate<int> isPossible, string range)
    {
        // By its token: to ask for the value of what is no number would throw before the parser has refused it.
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var given] && int.TryParse(given.Value, CultureInfo.InvariantCulture, out int number)
                && !isPossible(number))
            {
                result.AddError($"{option.Name} must be {range}.");
            }
        });
        return option;
    }
}
