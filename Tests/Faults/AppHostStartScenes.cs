namespace SessionCluster.Tests.Faults;

/// <summary>How the clusters of both policies came up, which the AppHost started for all scenes here.</summary>
[Collection(nameof(FaultClusters))]
public sealed class AppHostStartScenes(
    MajorityFaultFixture majority, AvailableFaultFixture available, ITestOutputHelper output)
{
    /// <summary>
    /// Three times what <see cref="StartScenes"/> allow: the AppHost has to be built and to look at health as well.
    /// </summary>
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);

    /// <summary>
    /// A second, and one for a machine that has other work. None has served by then, so none has waited for another.
    /// </summary>
    private static readonly TimeSpan Together = TimeSpan.FromSeconds(2);

    [Fact]
    public void F13_the_AppHost_starts_all_nodes_together_and_they_are_one_cluster_in_time()
    {
        (string Policy, FaultFixture Fixture)[] both = [("Majority", majority), ("Available", available)];
        Assert.All(both, start =>
        {
            output.WriteLine(
                $"{start.Policy}: one cluster after {start.Fixture.TookToStart.TotalSeconds:0.0} s; the nodes' "
                + $"processes began within {start.Fixture.BetweenStarts.TotalMilliseconds:0} ms");
            Assert.InRange(start.Fixture.BetweenStarts, TimeSpan.Zero, Together);
            Assert.InRange(start.Fixture.TookToStart, TimeSpan.Zero, LongestStart);
        });
    }
}
