using System.Globalization;

namespace SessionCluster.Benchmarks.Scale;

/// <summary>One measure at several sizes of the cluster, and the law that it follows.</summary>
/// <param name="Section">What was done.</param>
/// <param name="Name">What was measured, and its unit.</param>
internal sealed record Growth(string Section, string Name)
{
    /// <summary>A law is told where the measured exponent is as near as this to it.</summary>
    private const double Tolerance = 0.12;

    /// <summary>Nodes → what was measured; ascending.</summary>
    public SortedDictionary<int, double> Values { get; } = [];

    /// <summary>
    /// The exponent of the power of the number of nodes that comes nearest, by least squares of the logarithms; nothing
    /// where there are fewer than two sizes.
    /// </summary>
    public double? Exponent
    {
        get
        {
            (double X, double Y)[] points =
                [.. Values.Where(static pair => pair.Value > 0).Select(static pair => (Math.Log(pair.Key), Math.Log(pair.Value)))];
            if (points.Length < 2)
            {
                return null;
            }

            double meanX = points.Average(static point => point.X);
            double meanY = points.Average(static point => point.Y);
            return points.Sum(point => (point.X - meanX) * (point.Y - meanY))
                / points.Sum(point => (point.X - meanX) * (point.X - meanX));
        }
    }

    /// <summary>The law in words that fit into a table.</summary>
    public string Law => Exponent switch
    {
        null => "–",
        { } exponent when IsNear(exponent, 0) => "constant",
        { } exponent when IsNear(exponent, 1) => "∝ n",
        { } exponent when IsNear(exponent, 2) => "∝ n²",
        { } exponent when IsNear(exponent, -1) => "∝ 1/n",
        { } exponent => string.Create(CultureInfo.InvariantCulture, $"∝ n^{exponent:0.0}"),
    };

    private static bool IsNear(double exponent, double law) => Math.Abs(exponent - law) <= Tolerance;
}
