using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.Faults.Clients;

/// <summary>Visitors of one node, all of whose sessions have their backup on the same other one.</summary>
internal sealed class SilentBackup
{
    /// <summary>The node that leads all of the sessions.</summary>
    public const string Primary = "node1";

    /// <summary>
    /// For how long a backup that says nothing is waited for (<c>HolderPatience</c>, docs/protocol.md).
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    /// <summary>
    /// The longest that a write may wait for a backup that says nothing: it is given the state once more where it was
    /// heard just before, and replaced when that has not helped either; half as long is left for what takes its place.
    /// That is less than it takes to exclude the silent node, and nobody waits for that.
    /// </summary>
    public static readonly TimeSpan LongestWait = 2.5 * Patience;

    private const int MostVisitors = 24;

    private SilentBackup(string node, IReadOnlyList<SteadyVisitor> visitors) => (Node, Visitors) = (node, visitors);

    /// <summary>The node that has the backups, as long as nothing happens to it.</summary>
    public string Node { get; }

    /// <summary>The visitors. Each has written once.</summary>
    public IReadOnlyList<SteadyVisitor> Visitors { get; }

    /// <summary>Lets visitors come, and takes the node that most of them have for their backup.</summary>
    /// <param name="http">Their client.</param>
    /// <param name="door">Of <see cref="Primary"/>.</param>
    /// <param name="table">Where the cluster shows its sessions.</param>
    /// <param name="count">How many visitors are wanted.</param>
    public static async Task<SilentBackup> FindAsync(HttpClient http, Uri door, ClusterTable table, int count)
    {
        var all = Enumerable.Range(0, MostVisitors).Select(_ => new SteadyVisitor(http, door)).ToList();
        await Task.WhenAll(all.Select(visitor => visitor.WriteAsync()));
        var page = await table.ProtectedAsync([.. all.Select(visitor => visitor.Session)], backups: 1);
        Assert.All(page.Sessions, row => Assert.Equal(Primary, row.Primary));
        var most = page.Sessions.GroupBy(row => row.Backups.Single(), row => row.Id)
            .MaxBy(sessions => sessions.Count())!;
        return new SilentBackup(most.Key, [.. all.Where(visitor => most.Contains(visitor.Session)).Take(count)]);
    }
}
