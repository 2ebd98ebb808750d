using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A page that asks for much at once, through a balancer that sends each request to another node: every node wants the
/// same session at the same time. Each that gets it must answer somebody, or they would pass it round for nothing.
/// </summary>
public sealed class WantedEverywhereTests
{
    private const int Nodes = 4;
    private const int RequestsPerNode = 12;

    /// <summary>Far more than answering takes, and far less than the time after which a request is given up.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>How long a request works between its load and its end.</summary>
    private static readonly TimeSpan Work = TimeSpan.FromMilliseconds(1);

    [Fact]
    public void Each_request_is_answered_soon()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(Nodes, voter: true);
        var loaded = new List<LoadResult?>();
        var committed = new List<CommitResult?>();
        for (int number = 0; number < Nodes * RequestsPerNode; number++)
        {
            ReadAndWrite(cluster, 1 + (number % Nodes), $"key{number}", loaded, committed);
        }

        cluster.RunUntil(() => committed.Count == Nodes * RequestsPerNode, Limit, "an answer to every request");
        Assert.All(loaded, static result => Assert.Equal(LoadResult.Found, result));
        Assert.All(committed, static result => Assert.Equal(CommitResult.Committed, result));
    }

    [Fact]
    public void Each_request_that_wants_the_session_for_itself_is_answered_soon()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(Nodes, voter: true);
        SessionHistory session = cluster.History.Sessions.Single();
        int answered = 0;
        for (int number = 0; number < Nodes * RequestsPerNode; number++)
        {
            SimulatedProcess process = cluster.Node(1 + (number % Nodes)).Process!;
            void Loaded(LoadCompleted? load)
            {
                Assert.Equal(LoadResult.Found, load?.Result);
                answered++;
                cluster.Queue.After(Work, () => process.Take(new ReleaseSession(load!.Request, session.Id)));
            }

            process.Ask(new LoadRequest(session, Loaded) { IsExclusive = true });
        }

        cluster.RunUntil(() => answered == Nodes * RequestsPerNode, Limit, "an answer to every request");
    }

    private static void ReadAndWrite(
        SimulatedCluster cluster, int node, string key, List<LoadResult?> loaded, List<CommitResult?> committed)
    {
        SessionHistory session = cluster.History.Sessions.Single();
        NodeDoor door = cluster.On(node);
        door.Ask(new LoadRequest(session, load =>
        {
            loaded.Add(load?.Result);
            long number = cluster.History.NextNumber();
            var write = new WriteRecord(number, [new KeyWrite(key, HasBody: false)]);
            SessionDelta delta = SessionDelta.Setting(key, WorkloadValue.Of(number, "x"));
            var change = new CommitRequest(session, write, delta, creates: false, done => committed.Add(done?.Result));
            cluster.Queue.After(Work, () => door.Ask(change));
        }));
    }

    /// <summary>
    /// Found by no seed: a session was on its way from one node to another, which it did not reach. A third was sent from
    /// one to the other and back, as quickly as the network could, for as long as it wanted the session.
    /// </summary>
    [Fact]
    public void Who_looks_for_a_session_that_is_on_its_way_is_not_sent_to_and_fro()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(Nodes);
        SessionHistory session = cluster.History.Sessions.Single();
        int giver = cluster.PrimaryOf();
        int taker = cluster.BackupOf();
        SimulatedProcess third = cluster.Node(cluster.StrangerTo()).Process!;
        bool isGiven = false;
        int asked = 0;
        cluster.Overheard = (sender, envelope) =>
        {
            if (envelope.Message is HandOver && !isGiven)
            {
                isGiven = true;
                cluster.Cut(giver, taker);
                cluster.Cut(taker, giver);
            }

            asked += sender == third && envelope.Message is TakeOver ? 1 : 0;
        };
        cluster.Node(taker).Process!.Ask(new LoadRequest(session, static _ => { }));
        cluster.RunUntil(() => isGiven, TimeSpan.FromSeconds(1), "a hand-over");
        third.Ask(new LoadRequest(session, static _ => { }));
        cluster.Run(TimeSpan.FromSeconds(1));

        Assert.InRange(asked, 2, 10);
        cluster.Heal();
        cluster.Settle();
        Assert.Equal("shoes", cluster.On(third.Host + 1).Load("cart"));
    }
}
