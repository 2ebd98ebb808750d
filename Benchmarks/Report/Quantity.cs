using System.Globalization;
using SessionCluster.Benchmarks.Compare;

namespace SessionCluster.Benchmarks.Report;

/// <summary>How many of something there were, in words.</summary>
internal static class Quantity
{
    /// <summary>A number and its noun.</summary>
    /// <param name="count">How many.</param>
    /// <param name="noun">Of what; one of them.</param>
    public static string Of(int count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:#,##0} {noun}{(count == 1 ? "" : "s")}");

    /// <summary>How many rounds were measured of those that were to be: a run may have been ended.</summary>
    /// <param name="findings">What was measured.</param>
    /// <param name="planned">How many were to be.</param>
    public static string OfRounds(Findings findings, int planned)
    {
        int[] counts =
        [
            .. findings.Measures.Select(static measure =>
                measure.Samples.Values.Max(static samples => samples.Count)).Order(),
        ];
        string all = Of(planned, "round");
        return counts switch
        {
            [] => $"none of {all}",
            [var least, ..] when least == planned => all,
            [var least, .., var most] when least < most => $"{least} to {most} of {all}",
            [var each, ..] => $"{each} of {all}",
        };
    }
}
