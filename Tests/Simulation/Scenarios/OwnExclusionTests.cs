using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A view may be decided with the vote of whom it excludes: that member is heard of again when it is asked to accept
/// what others have begun. It grants itself a lease like everybody else, so it has to wait for its end as they do.
/// </summary>
public sealed class OwnExclusionTests
{
    private static readonly TimeSpan LeasesOfOthersEnd = TimeSpan.FromMilliseconds(900);
    private static readonly TimeSpan Repeated = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    [Fact]
    public void Who_may_serve_still_accepts_no_view_without_itself()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 5);
        int primary = cluster.PrimaryOf();
        int backup = cluster.BackupOf();
        int[] others = [.. Enumerable.Range(1, 5).Where(node => node != primary && node != backup)];
        SimulatedProcess excluded = cluster.Node(primary).Process!;
        Member proposer = cluster.Node(others[0]).Process!.Member;
        View view = excluded.Machine.View;
        var next = new View(
            view.Number + 1, [.. view.Members.Where(member => member.Member != excluded.Member)], [excluded.Member]);
        IReadOnlyList<BucketDigest> map = MapOf(cluster, excluded, proposer);

        // Only two still grant it anything: with itself they are a quorum, and without it two others are none.
        cluster.Partition([primary, backup, others[2]], [others[0], others[1]]);
        cluster.Run(LeasesOfOthersEnd);
        Assert.Equal("shoes", cluster.On(primary).Load("cart"));
        bool accepts = false;
        for (int attempt = 1; !accepts; attempt++)
        {
            Assert.True(Repeated * attempt < Limit, "It never accepts.");
            accepts = Heard<ViewAccepted>(
                cluster, excluded, proposer, new ViewAccept(new Ballot(attempt * 1000, proposer.Node), next, map)) is not null;
            Assert.False(
                accepts && cluster.On(primary).TryLoad()?.Result == LoadResult.Found,
                $"It accepts the attempt {attempt}, and serves.");
            cluster.Run(Repeated);
        }
    }

    private static IReadOnlyList<BucketDigest> MapOf(SimulatedCluster cluster, SimulatedProcess asked, Member by) =>
        Heard<MapDigests>(cluster, asked, by, new MapDigestsRequest(1))!.Digests;

    /// <summary>What a member answers at once.</summary>
    private static TMessage? Heard<TMessage>(
        SimulatedCluster cluster, SimulatedProcess asked, Member by, Message message)
        where TMessage : Message
    {
        TMessage? answer = null;
        cluster.Overheard = (sender, envelope) => answer ??= sender == asked ? envelope.Message as TMessage : null;
        asked.Take(new PeerMessage(by, message));
        cluster.Overheard = null;
        return answer;
    }
}
