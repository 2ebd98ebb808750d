using System.Buffers.Binary;
using SessionCluster.Replication;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Tests.Simulation;

/// <summary>Very many sessions are looked through a bounded number at a time.</summary>
public sealed class MapWalkTests
{
    private const int Sessions = 100_000;

    /// <summary>Sessions are spread evenly, so no bucket has many more than this.</summary>
    private const int InBucketMaximum = 150;

    [Fact]
    public void A_walk_sees_each_session_once_and_a_bounded_number_at_a_time()
    {
        var map = new LocationMap();
        Fill(map);
        var walk = new MapWalk(map, sessionsAtOnce: 1000);
        Assert.False(walk.IsUnderWay);
        var seen = new HashSet<SessionId>();

        walk.Begin();
        while (walk.IsUnderWay)
        {
            int before = seen.Count;
            foreach ((SessionId session, _) in walk.Next())
            {
                Assert.True(seen.Add(session));
            }

            Assert.InRange(seen.Count - before, 1, 1000 + InBucketMaximum);
        }

        Assert.Equal(Sessions, seen.Count);
    }

    [Fact]
    public void The_map_may_change_between_two_parts_of_a_walk()
    {
        var map = new LocationMap();
        Fill(map);
        var walk = new MapWalk(map, sessionsAtOnce: 1000);

        walk.Begin();
        int seen = walk.Next().Count();
        foreach (SessionId session in map.All().Select(static location => location.Key).ToArray())
        {
            map.Forget(session);
        }

        while (walk.IsUnderWay)
        {
            Assert.Empty(walk.Next());
        }

        Assert.InRange(seen, 1000, 1000 + InBucketMaximum);
    }

    [Fact]
    public void A_walk_through_nothing_is_over_at_once()
    {
        var walk = new MapWalk(new LocationMap(), sessionsAtOnce: 1000);

        walk.Begin();

        Assert.Empty(walk.Next());
        Assert.False(walk.IsUnderWay);
    }

    private static void Fill(LocationMap map)
    {
        var placement = new Placement([new Member(new NodeId("node1"), 1)]);
        byte[] name = new byte[SessionId.Length];
        for (int number = 1; number <= Sessions; number++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(name, (ulong)number * 0x9E3779B97F4A7C15);
            map.Record(new SessionId(name), new Configuration(1, placement));
        }
    }
}
