using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A commit that is forwarded is the one message that must not be taken twice: without the key of its request nobody
/// sees that it has come true before. The transport sends no frame twice, and the rules do not rest on that.
/// </summary>
public sealed class RepeatedForwardTests
{
    /// <summary>Seed 1512220104 of <c>Full</c> with messages that come twice, and two more.</summary>
    [Fact]
    public void What_comes_twice_is_done_once()
    {
        SimulatedCluster cluster = Settled();
        int primary = cluster.PrimaryOf();
        List<Envelope> forwarded = Overheard<ForwardCommit>(cluster);
        SimulatedProcess sender = cluster.Node(cluster.StrangerTo()).Process!;
        cluster.On(cluster.StrangerTo()).Commit("cart", "boots");
        cluster.On(primary).Commit("cart", "socks");
        cluster.Node(primary).Process!.Take(new PeerMessage(sender.Member, Assert.Single(forwarded).Message));
        cluster.Run(TimeSpan.FromMilliseconds(100));

        Assert.Equal("socks", cluster.On(primary).Load("cart"));
        Assert.Equal(CommitResult.Committed, cluster.On(cluster.StrangerTo()).TryCommit("cart", "hat"));
        Assert.Equal("hat", cluster.On(primary).Load("cart"));
        cluster.Settle();
    }

    /// <summary>
    /// Found by reading: that a commit was given back, heard once more, was taken for news of the time after. It was
    /// forwarded a third time then, though the second one might come true.
    /// </summary>
    [Fact]
    public void What_was_said_of_one_time_is_not_taken_for_news_of_the_next()
    {
        SimulatedCluster cluster = Settled();
        int node = cluster.StrangerTo();
        int primary = cluster.PrimaryOf();
        List<Envelope> forwarded = Overheard<ForwardCommit>(cluster);
        SimulatedProcess process = cluster.Node(node).Process!;
        Member leader = cluster.Node(primary).Process!.Member;
        cluster.Cut(node, to: primary);
        long number = cluster.History.NextNumber();
        process.Ask(new CommitRequest(
            cluster.History.Sessions.Single(), new WriteRecord(number, [new KeyWrite("cart", HasBody: false)]),
            SessionDelta.Setting("cart", WorkloadValue.Of(number, "boots")), creates: false, static _ => { }));
        var returned = new ReturnedCommit(((ForwardCommit)Assert.Single(forwarded).Message).Request);
        process.Take(new PeerMessage(leader, returned));
        cluster.RunUntil(() => forwarded.Count == 2, TimeSpan.FromSeconds(1), "the second time");
        process.Take(new PeerMessage(leader, returned));
        cluster.Run(TimeSpan.FromSeconds(1));

        Assert.Equal(2, forwarded.Count);
        Assert.NotEqual(returned.Request, ((ForwardCommit)forwarded[1].Message).Request);
    }

    private static SimulatedCluster Settled()
    {
        var cluster = new SimulatedCluster(nodes: 4);
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        return cluster;
    }

    private static List<Envelope> Overheard<T>(SimulatedCluster cluster)
        where T : Message
    {
        List<Envelope> heard = [];
        Action<SimulatedProcess, Envelope>? others = cluster.Network.MessageSent;
        cluster.Network.MessageSent = (sender, envelope) =>
        {
            others?.Invoke(sender, envelope);
            if (envelope.Message is T)
            {
                heard.Add(envelope);
            }
        };
        return heard;
    }
}
