using System.Globalization;
using SessionCluster.Benchmarks.Report;

namespace SessionCluster.Benchmarks.Scale;

/// <summary>How a measure depends on the number of nodes, n.</summary>
/// <param name="Text">The law in words that fit into a table.</param>
/// <param name="Error">
/// By how much the law is off, as a share of what was measured: the root of the mean square over all sizes.
/// </param>
internal sealed record GrowthLaw(string Text, double Error)
{
    /// <summary>Below so many points any law with two free numbers would fit.</summary>
    private const int PointsForTwo = 3;

    /// <summary>
    /// A law with one free number is told unless one with two is off by less than half of it, and by more than this
    /// less: measured figures waver, and two numbers follow them.
    /// </summary>
    private const double Waver = 0.02;

    /// <summary>From here on it is said that the law is told only roughly.</summary>
    private const double Rough = 0.1;

    /// <summary>From here on no law is told: it would be a wrong one.</summary>
    private const double Wrong = 0.25;

    /// <summary>The law that fits best, of those with one free number if it fits well enough.</summary>
    /// <param name="points">Nodes and what was measured, both positive.</param>
    /// <returns>Nothing where there are fewer than two points.</returns>
    public static GrowthLaw? Of(IReadOnlyList<(double Nodes, double Value)> points)
    {
        if (points.Count < 2)
        {
            return null;
        }

        GrowthLaw simple = Best(
            Proportional(points, static _ => 1, static _ => "constant"),
            Proportional(points, static n => n, static b => $"{Number(b)}·n"),
            Proportional(points, static n => n - 1, static b => $"{Number(b)}·(n − 1)"),
            Proportional(points, static n => n * n, static b => $"{Number(b)}·n²"),
            Proportional(points, static n => 1 / n, static b => $"{Number(b)}/n"));
        if (points.Count < PointsForTwo)
        {
            return simple.OrRoughly();
        }

        // What is done is a sum of parts, each of which has a reason: a broken power has none, and must fit better.
        GrowthLaw sum = Best(
            WithConstant(points, static n => n, static b => $"{b}·n"),
            WithConstant(points, static n => 1 / n, static b => $"{b}/n"));
        GrowthLaw power = Power(points);
        GrowthLaw free = sum.Error <= power.Error + Waver ? sum : power;
        return (simple.Error <= (2 * free.Error) + Waver ? simple : free).OrRoughly();
    }

    private GrowthLaw OrRoughly() =>
        Error < Rough ? this : this with { Text = Error < Wrong ? $"≈ {Text}" : "no simple law" };

    private static GrowthLaw Best(params ReadOnlySpan<GrowthLaw> laws)
    {
        GrowthLaw best = laws[0];
        foreach (GrowthLaw law in laws)
        {
            best = law.Error < best.Error ? law : best;
        }

        return best;
    }

    /// <summary>b times something that depends on n.</summary>
    private static GrowthLaw Proportional(
        IReadOnlyList<(double Nodes, double Value)> points, Func<double, double> of, Func<double, string> text)
    {
        // Least squares of what the law is off by, each as a share of the value: small clusters count as large ones.
        double b = points.Sum(point => of(point.Nodes) / point.Value)
            / points.Sum(point => Square(of(point.Nodes) / point.Value));
        return new GrowthLaw(text(b), ErrorOf(points, n => b * of(n)));
    }

    /// <summary>a + b times something that depends on n.</summary>
    private static GrowthLaw WithConstant(
        IReadOnlyList<(double Nodes, double Value)> points, Func<double, double> of, Func<string, string> text)
    {
        double weights = points.Sum(static point => 1 / Square(point.Value));
        double meanX = points.Sum(point => of(point.Nodes) / Square(point.Value)) / weights;
        double meanY = points.Sum(static point => 1 / point.Value) / weights;
        double b = points.Sum(point => (of(point.Nodes) - meanX) * (point.Value - meanY) / Square(point.Value))
            / points.Sum(point => Square((of(point.Nodes) - meanX) / point.Value));
        double a = meanY - (b * meanX);
        string told = (a, b) switch
        {
            ( < 0, _) => $"{text(Number(b))} − {Number(-a)}",
            (_, < 0) => $"{Number(a)} − {text(Number(-b))}",
            _ => $"{Number(a)} + {text(Number(b))}",
        };
        return new GrowthLaw(told, ErrorOf(points, n => a + (b * of(n))));
    }

    /// <summary>b times a power of n, by least squares of the logarithms.</summary>
    private static GrowthLaw Power(IReadOnlyList<(double Nodes, double Value)> points)
    {
        double meanX = points.Average(static point => Math.Log(point.Nodes));
        double meanY = points.Average(static point => Math.Log(point.Value));
        double exponent = points.Sum(point => (Math.Log(point.Nodes) - meanX) * (Math.Log(point.Value) - meanY))
            / points.Sum(point => Square(Math.Log(point.Nodes) - meanX));
        return new GrowthLaw(
            string.Create(CultureInfo.InvariantCulture, $"∝ n^{exponent:0.0}"),
            ErrorOf(points, n => Math.Exp(meanY + (exponent * (Math.Log(n) - meanX)))));
    }

    private static double ErrorOf(IReadOnlyList<(double Nodes, double Value)> points, Func<double, double> law) =>
        Math.Sqrt(points.Average(point => Square((law(point.Nodes) / point.Value) - 1)));

    private static string Number(double value) => ScaleReport.Number(value);

    private static double Square(double value) => value * value;
}
