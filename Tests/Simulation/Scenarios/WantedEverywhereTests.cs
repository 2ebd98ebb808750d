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
    /// Found by no seed: a session was on its way from one node to another, which it did not reach. A third was sent
    /// from one to the other and back, as quickly as the network could, for as long as it wanted the session.
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

    /// <summary>
    /// Seed 7000081: a session that was being created was made anew in the next view, with who had claimed it before;
    /// and that one was not in the view.
    /// </summary>
    [Fact]
    public void A_claim_does_not_outlive_its_view()
    {
        var cluster = new SimulatedCluster(nodes: 5);
        cluster.Settle();
        SimulatedProcess creator = cluster.Node(1).Process!;
        SimulatedProcess claimant = cluster.Node(3).Process!;
        cluster.Network.Ignored = static message => message is RecordLocations or JoinRequest;
        NodeDoor door = cluster.On(node: 1);
        SessionHistory session = cluster.History.Sessions.Single();
        long number = cluster.History.NextNumber();
        door.Ask(new CommitRequest(
            session, new WriteRecord(number, [new KeyWrite("cart", HasBody: false)]),
            SessionDelta.Setting("cart", WorkloadValue.Of(number, "shoes")), creates: true, static _ => { }));
        creator.Take(new PeerMessage(claimant.Member, new TakeOver(creator.Machine.View.Number, session.Id)));
        Member? givenTo = null;
        cluster.Overheard = (sender, envelope) =>
            givenTo = sender == creator && envelope.Message is HandOver ? envelope.To : givenTo;

        // The creator comes back alone, and hears the claimant, which is not let in yet.
        cluster.Partition([1], [3], [2, 4, 5]);
        cluster.RunUntil(
            () =>
                cluster.Node(2).Process!.Machine.View.Members.Count == 3, TimeSpan.FromSeconds(10), "a view of three");
        cluster.Network.Ignored = static message => message is RecordLocations;
        cluster.Partition([1, 2, 4, 5], [3]);
        cluster.RunUntil(
            () => creator.Machine.View.Members.Count == 4 && creator.Machine.Inspection.IsServing,
            TimeSpan.FromSeconds(10), "a view with the creator");
        cluster.Network.Ignored = static message => message is RecordLocations or JoinRequest;
        cluster.Heal();
        cluster.RunUntil(
            () => creator.Machine.Inspection.Hears(claimant.Member), TimeSpan.FromSeconds(5), "word of the claimant");
        cluster.Network.Ignored = static message => message is JoinRequest;
        cluster.RunUntil(
            () => creator.Machine.ConfigurationOf(session.Id).Counter > 0,
            TimeSpan.FromSeconds(5), "the session in force");
        cluster.Run(TimeSpan.FromSeconds(1));

        Assert.False(creator.Machine.View.Contains(claimant.Member));
        Assert.Null(givenTo);
        cluster.Network.Ignored = null;
        cluster.Settle();
    }
}
