namespace SessionCluster.Benchmarks.Scale;

/// <summary>One measure at several sizes of the cluster, and the law that it follows.</summary>
/// <param name="Section">What was done.</param>
/// <param name="Name">What was measured, and its unit.</param>
internal sealed record Growth(string Section, string Name)
{
    /// <summary>Nodes → what was measured; ascending.</summary>
    public SortedDictionary<int, double> Values { get; } = [];

    /// <summary>The law that tells it best; nothing where there are fewer than two sizes.</summary>
    public GrowthLaw? Law => GrowthLaw.Of([.. Values.Where(static pair => pair.Value > 0)
        .Select(static pair => ((double)pair.Key, pair.Value))]);
}
