using SessionCluster.Replication;
using SessionCluster.Replication.Protocol;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A map is copied when each page that was asked for has come. 1512290096 (Full): a request was heard twice after its
/// connection had broken, and the page that came for it once more counted for another one that was lost: a view began
/// without what that page would have told.
/// </summary>
public sealed class MapPullTests
{
    private static readonly Member Source = new(new NodeId("node2"), 1);

    [Fact]
    public void A_page_that_comes_twice_does_not_count_for_another()
    {
        var pull = new MapPull(request: 1, Source, PullMode.Replace, static _ => { }, Instant.Zero);
        pull.Ask(bucket: 3, after: default);
        pull.Ask(bucket: 5, after: default);

        Assert.True(pull.TryTake(Page(bucket: 3)));
        Assert.False(pull.TryTake(Page(bucket: 3)));
        Assert.False(pull.IsDone);
        Assert.True(pull.TryTake(Page(bucket: 5)));
        Assert.True(pull.IsDone);
    }

    [Fact]
    public void The_beginning_of_a_bucket_does_not_count_for_its_end()
    {
        var pull = new MapPull(request: 1, Source, PullMode.Replace, static _ => { }, Instant.Zero);
        SessionId[] sessions = [.. Enumerable.Range(1, 3).Select(static number => Session((byte)number))];
        pull.Ask(bucket: 3, after: default);

        Assert.True(pull.TryTake(Page(bucket: 3, sessions[0], sessions[1])));
        pull.Ask(bucket: 3, after: sessions[1]);
        Assert.False(pull.TryTake(Page(bucket: 3, sessions[0], sessions[1])));
        Assert.True(pull.TryTake(Page(bucket: 3, sessions[2])));
        Assert.True(pull.IsDone);
    }

    private static SessionId Session(byte first)
    {
        byte[] bytes = new byte[32];
        bytes[0] = first;
        return new SessionId(bytes);
    }

    private static MapPage Page(int bucket, params SessionId[] sessions) => new(
        1, bucket, [.. sessions.Select(static session => new LocationRecord(session, default))], IsLast: true);
}
