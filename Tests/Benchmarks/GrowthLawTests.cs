using SessionCluster.Benchmarks.Scale;

namespace SessionCluster.Tests.Benchmarks;

/// <summary>What is said of how a measure grows with the cluster.</summary>
public sealed class GrowthLawTests
{
    private static readonly double[] Sizes = [2, 4, 8, 16, 32, 64];

    public static TheoryData<string, Func<double, double>> Laws => new()
    {
        { "constant", static _ => 7 },
        { "5·n", static n => 5 * n },
        { "3·(n − 1)", static n => 3 * (n - 1) },
        { "2·n²", static n => 2 * n * n },
        { "120/n", static n => 120 / n },
        { "40 + 3·n", static n => 40 + (3 * n) },
        { "400 + 900/n", static n => 400 + (900 / n) },
        { "∝ n^1.5", static n => Math.Pow(n, 1.5) },
    };

    [Theory]
    [MemberData(nameof(Laws))]
    public void What_follows_a_law_is_told_with_it(string text, Func<double, double> law) =>
        Assert.Equal(text, LawOf(law));

    [Fact]
    public void Where_a_measure_wavers_its_law_is_told_roughly() =>
        Assert.Matches("^≈ .*·n$", LawOf(static n => n is 4 or 32 ? 6 * n : 4.2 * n));

    /// <summary>As the bytes that a death costs did: a law for five sizes, and 3.6 times as much at the sixth.</summary>
    [Fact]
    public void What_leaps_has_no_law() => Assert.Equal("no simple law", LawOf(static n => n < 64 ? 270 * n : 980 * n));

    [Fact]
    public void One_size_has_no_law() => Assert.Null(GrowthLaw.Of([(4, 100)]));

    private static string? LawOf(Func<double, double> law) => GrowthLaw.Of([.. Sizes.Select(n => (n, law(n)))])?.Text;
}
