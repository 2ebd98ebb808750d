namespace SessionCluster.Tests.Faults;

/// <summary>One story on the clusters of both policies at the same time.</summary>
internal static class BothPolicies
{
    /// <summary>Plays it to its end on both, and fails with whatever failed on either.</summary>
    public static Task PlayAsync<TCluster>(TCluster majority, TCluster available, Func<TCluster, Task> story)
    {
        (string Policy, Task Played)[] both = [("Majority", story(majority)), ("Available", story(available))];
        return Assert.AllAsync(both, static one => one.Played);
    }
}
