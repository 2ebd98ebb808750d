using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// One sequence was given to two commits, of which one came to nothing: who has that does not take the other for it,
/// nor puts anything on top of it.
/// </summary>
public sealed class SecondPromotionTests
{
    /// <summary>
    /// Seed 914000710 of the profile Changes: the dead primary had given one sequence to a commit that one holder has,
    /// and the holder that leads now had given it to another; the two took each other's state for their own, as only
    /// the sequences were compared.
    /// </summary>
    [Fact]
    public void Holders_with_different_commits_of_one_sequence_do_not_take_them_for_the_same()
    {
        var cluster = new SimulatedCluster(new ClusterOptions { Seed = 7, Nodes = 6, Backups = 2 });
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        SessionHistory session = cluster.History.Sessions.Single();
        Placement holders = cluster.Node(1).Process!.Machine.PlacementOf(session.Id)!;
        int[] nodes = [.. holders.Holders.Select(holder => cluster.HostOf(holder.Node) + 1)];
        SimulatedProcess next = cluster.Node(nodes[1]).Process!;
        SimulatedProcess last = cluster.Node(nodes[2]).Process!;
        long sequence = next.Machine.SequenceOf(session.Id);
        Commit(cluster.Node(nodes[0]).Process!, 7, "hat", cut: (nodes[0], nodes[1]));
        cluster.RunUntil(() => last.Machine.SequenceOf(session.Id) > sequence, TimeSpan.FromSeconds(1), "a commit");

        cluster.Crash(nodes[0]);
        cluster.RunUntil(
            () => next.Machine.Inspection.CopyOf(session.Id) is { IsPrimary: true },
            TimeSpan.FromSeconds(5), "a promotion");
        Commit(next, 8, "coat", cut: (nodes[1], nodes[2]));
        long view = next.Machine.View.Number;
        cluster.Crash(Enumerable.Range(1, 6).First(node => !nodes.Contains(node)));
        cluster.RunUntil(
            () => next.Machine.View.Number > view && next.Machine.IsReady, TimeSpan.FromSeconds(5), "the next view");
        cluster.Heal();
        cluster.Settle();

        Assert.True(next.Machine.StateOf(session.Id)!.HasContentOf(last.Machine.StateOf(session.Id)!));
        Assert.Equal("coat", cluster.On(nodes[2]).Load("cart"));

        void Commit(SimulatedProcess at, long number, string value, (int From, int To) cut)
        {
            cluster.Cut(cut.From, cut.To);
            at.Ask(new CommitRequest(
                session, new WriteRecord(number, [new KeyWrite("cart", HasBody: false)]),
                SessionDelta.Setting("cart", WorkloadValue.Of(number, value)), creates: false, static _ => { }));
        }
    }

    /// <summary>
    /// Seed 917000289 of the profile Brief: a member was told of a session by a leader that was excluded then, kept the
    /// copy, as the map came late, and put a delta of the next leader on top of it.
    /// </summary>
    [Fact]
    public void A_copy_that_is_kept_until_it_is_known_not_to_be_needed_takes_no_delta()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SessionId session = cluster.History.Sessions.Single().Id;
        SimulatedProcess primary = cluster.Node(cluster.PrimaryOf()).Process!;
        Member former = cluster.Node(cluster.BackupOf()).Process!.Member;
        SimulatedProcess coming = cluster.Node(cluster.StrangerTo()).Process!;
        long counter = primary.Machine.ConfigurationOf(session).Counter;
        View view = coming.Machine.View;
        coming.Take(new PeerMessage(former, new Replicate(
            session, new HolderVersion(counter + 9, 4), -1, new ReplicatePayload(null, SessionState.Empty),
            TimeSpan.Zero,
            new Configuration(counter + 9, new Placement([former, coming.Member])), view.Number)));
        Assert.Equal(4, coming.Machine.SequenceOf(session));

        View next = cluster.EnterNextView(
            coming, primary.Member, session, new Configuration(counter + 1, new Placement([primary.Member])));
        coming.Take(new PeerMessage(primary.Member, new Replicate(
            session, new HolderVersion(counter + 2, 5), 4,
            new ReplicatePayload(SessionDelta.Setting("size", WorkloadValue.Of(8, "L")), null), TimeSpan.Zero,
            new Configuration(counter + 2, new Placement([primary.Member, coming.Member])), next.Number)));

        Assert.Equal(4, coming.Machine.SequenceOf(session));
    }

    /// <summary>
    /// Seed 997003277 of the profile Full: a backup had a commit of the dead primary that its successor had not. It
    /// asked for everything, and before that came put the successor's second commit on top of what it had: the dead
    /// primary's, which had the number of the first.
    /// </summary>
    [Fact]
    public void A_second_commit_of_the_next_leader_is_not_put_on_top_of_a_commit_of_the_former_one()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SessionId session = cluster.History.Sessions.Single().Id;
        SimulatedProcess backup = cluster.Node(cluster.BackupOf()).Process!;
        Member former = cluster.Node(cluster.PrimaryOf()).Process!.Member;
        Member next = cluster.Node(cluster.StrangerTo()).Process!.Member;
        Configuration present = backup.Machine.ConfigurationOf(session);
        long common = backup.Machine.SequenceOf(session);
        Tell(former, present, common, "former");
        Assert.Equal(common + 1, backup.Machine.SequenceOf(session));

        var coming = new Configuration(present.Counter + 1, new Placement([next, backup.Member]));
        Tell(next, coming, common, "first");
        Tell(next, coming, common + 1, "second");
        Assert.Equal(common + 1, backup.Machine.SequenceOf(session));

        TellAll(next, coming, common + 2);
        Tell(next, coming, common + 2, "third");
        Assert.Equal(common + 3, backup.Machine.SequenceOf(session));

        void Tell(Member leader, Configuration configuration, long onto, string value) =>
            Take(leader, configuration, onto + 1, onto,
            new ReplicatePayload(SessionDelta.Setting("size", WorkloadValue.Of(8, value)), null));

        void TellAll(Member leader, Configuration configuration, long sequence) =>
            Take(leader, configuration, sequence, -1, new ReplicatePayload(null, SessionState.Empty));

        void Take(Member leader, Configuration configuration, long sequence, long onto, ReplicatePayload payload) =>
            backup.Take(new PeerMessage(leader, new Replicate(
                session, new HolderVersion(configuration.Counter, sequence), onto, payload, TimeSpan.Zero,
                configuration, backup.Machine.View.Number)));
    }
}
