using System.Security.Cryptography;
using System.Text;
using SessionCluster.Replication;
using SessionCluster.Replication.Sessions;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A view is agreed with its map, and to copy what differs may take longer than an attempt has patience for.
/// </summary>
public sealed class LongMapTests
{
    private const int Sessions = 40;
    private const int Creator = 2;
    private const int Dead = 4;

    /// <summary>
    /// Seed 1476007241 (<c>Full</c>): to copy the part of the map in which two members differed took longer than any
    /// attempt lasted. So each began with the first page again, and nobody served any more.
    /// </summary>
    [Fact]
    public void An_attempt_lasts_as_long_as_pages_of_the_map_come()
    {
        SimulatedCluster cluster = WithSlowMap();
        SimulatedProcess proposer = cluster.Node(1).Process!;
        long view = proposer.Machine.View.Number;
        bool isAttempted = false;
        int attempts = 0;
        cluster.Overheard = (_, envelope) => isAttempted |= envelope.Message is ViewPrepare;
        cluster.Crash(Dead);
        cluster.RunUntil(() => isAttempted, TimeSpan.FromSeconds(2), "an attempt");

        // It is recorded where it is created before the attempt comes there, and elsewhere it is not any more.
        var ballots = new HashSet<Ballot>();
        cluster.Overheard = (_, envelope) =>
            attempts += envelope.Message is ViewPrepare prepare && ballots.Add(prepare.Ballot) ? 1 : 0;
        Begin(cluster);
        cluster.RunUntil(
            () => proposer.Machine.View.Number > view, TimeSpan.FromSeconds(20), "a view without the dead node");

        Assert.InRange(attempts, 0, 2);
        cluster.Settle();
        Assert.Equal("shoes", cluster.On(node: 1, NamesOfOneBucket().First()).Load("cart"));
    }

    /// <summary>A page has one location, and all of them are in one part of the map.</summary>
    private static SimulatedCluster WithSlowMap()
    {
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            Nodes = Dead,
            Network = new NetworkProfile { BaseDelay = TimeSpan.FromMilliseconds(50) },
            Slices = new SliceOptions { Records = 1 },
            Detail = TraceDetail.Transcript,
        });
        cluster.Settle();
        foreach (string name in NamesOfOneBucket().Take(Sessions))
        {
            cluster.On(node: 1, name).Commit("cart", "shoes");
        }

        cluster.Settle();
        return cluster;
    }

    private static void Begin(SimulatedCluster cluster)
    {
        NodeDoor door = cluster.On(Creator, NamesOfOneBucket().Skip(Sessions).First());
        long number = cluster.History.NextNumber();
        door.Ask(new CommitRequest(
            cluster.History.Sessions[^1], new WriteRecord(number, [new KeyWrite("cart", HasBody: false)]),
            SessionDelta.Setting("cart", WorkloadValue.Of(number, "socks")), creates: true, static _ => { }));
    }

    private static IEnumerable<string> NamesOfOneBucket() => Enumerable.Range(0, int.MaxValue)
        .Select(static number => $"basket {number}")
        .Where(static name => BucketOf(name) == 0);

    private static int BucketOf(string name) =>
        LocationMap.BucketOf(new SessionId(SHA256.HashData(Encoding.UTF8.GetBytes(name))));
}
