using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A member leads a session, then another does, then it again. What was said and answered the first time, and comes
/// late, means nothing the second time, though the sequences may be the same.
/// </summary>
public sealed class EarlierLeadershipTests
{
    /// <summary>
    /// Found by no seed: a session went from its primary to another and back. What its holder had acknowledged, or had
    /// asked for, the first time came late, and the second leadership had given the same sequence to another commit.
    /// </summary>
    [Fact]
    public void What_a_holder_answered_a_primarys_first_leadership_is_no_answer_to_its_second()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 3);
        SessionHistory session = cluster.History.Sessions.Single();
        int number = cluster.PrimaryOf();
        SimulatedProcess primary = cluster.Node(number).Process!;
        long first = primary.Machine.ConfigurationOf(session.Id).Counter;
        cluster.On(cluster.BackupOf()).Load("cart");
        cluster.Settle();
        cluster.On(number).Load("cart");
        cluster.Settle();
        Assert.Equal(number, cluster.PrimaryOf());
        Assert.True(primary.Machine.ConfigurationOf(session.Id).Counter >= first + 2);
        Member holder = cluster.Node(cluster.BackupOf()).Process!.Member;
        CommitResult? result = null;
        cluster.Network.Ignored = static message => message is Replicate;
        var write = new WriteRecord(7, [new KeyWrite("cart", HasBody: false)]);
        primary.Ask(new CommitRequest(
            session, write, SessionDelta.Setting("cart", WorkloadValue.Of(7, "hat")), creates: false,
            answer => result = answer?.Result));
        int told = 0;
        cluster.Overheard = (sender, envelope) => told += sender == primary && envelope.Message is Replicate ? 1 : 0;

        var former = new HolderVersion(first, primary.Machine.SequenceOf(session.Id));
        primary.Take(new PeerMessage(
            holder, new Replicated(primary.Machine.Inspection.CopyOf(session.Id)!.Work!.Number, former)));
        primary.Take(new PeerMessage(holder, new NeedFull(session.Id, former)));

        Assert.Null(result);
        Assert.Equal(0, told);
        cluster.Network.Ignored = null;
        cluster.Settle();
        Assert.Equal(CommitResult.Committed, result);
    }

    /// <summary>
    /// The same, where what the primary itself had said the first time comes late: it holds older commits.
    /// </summary>
    [Fact]
    public void What_a_primary_said_in_its_first_leadership_takes_back_nothing_of_its_second()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SessionId session = cluster.History.Sessions.Single().Id;
        SimulatedProcess primary = cluster.Node(cluster.PrimaryOf()).Process!;
        SimulatedProcess backup = cluster.Node(cluster.BackupOf()).Process!;
        Member between = cluster.Node(cluster.StrangerTo()).Process!.Member;
        Configuration first = primary.Machine.ConfigurationOf(session);
        var given = new Configuration(first.Counter + 1, new Placement([between, backup.Member]));
        var second = new Configuration(first.Counter + 2, first.Placement);
        SessionState state = primary.Machine.StateOf(session)!;
        SessionState coat = state.Apply(SessionDelta.Setting("cart", WorkloadValue.Of(8, "coat")));
        SessionDelta hat = SessionDelta.Setting("cart", WorkloadValue.Of(7, "hat"));
        long view = backup.Machine.View.Number;
        Tell(between, given, 8, -1, new ReplicatePayload(null, coat), given);
        Tell(primary.Member, second, 8, 8, new ReplicatePayload(SessionDelta.Nothing, null), second);
        backup.Take(new PeerMessage(
            primary.Member, new RecordLocations(view, 1000, [new LocationRecord(session, second)])));

        Tell(primary.Member, first, 7, -1, new ReplicatePayload(null, state.Apply(hat)), brought: null);
        Tell(primary.Member, first, 8, 7, new ReplicatePayload(hat, null), brought: null);

        Assert.Equal(8, backup.Machine.SequenceOf(session));
        Assert.True(backup.Machine.StateOf(session)!.HasContentOf(coat));
        Assert.Equal(second, backup.Machine.Inspection.CopyOf(session)!.Configuration);

        void Tell(
            Member leader,
            Configuration under,
            long sequence,
            long onto,
            ReplicatePayload payload,
            Configuration? brought) =>
            backup.Take(new PeerMessage(leader, new Replicate(
                session, new HolderVersion(under.Counter, sequence), onto, payload, TimeSpan.Zero, brought,
                brought is null ? 0 : view)));
    }

    /// <summary>
    /// Found by no seed: a primary was excluded with a commit that nobody had answered, and came to lead the session
    /// again after another had given the sequence to a commit of its own. What it had said the first time came over the
    /// former connection then: the whole state. Its holder took that, and nobody could tell, as the sequences were the
    /// same.
    /// </summary>
    [Fact]
    public void The_whole_state_of_a_primarys_first_leadership_does_not_replace_what_was_answered_since()
    {
        var cluster = new SimulatedCluster(nodes: 3, backups: 2);
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        SessionHistory session = cluster.History.Sessions.Single();
        SimulatedProcess primary = cluster.Node(1).Process!;
        SimulatedProcess holder = cluster.Node(3).Process!;
        Replicate? whole = null;
        cluster.Overheard = (sender, envelope) =>
        {
            if (sender == primary && envelope.To == holder.Member
                && envelope.Message is Replicate { Payload.Full: not null } said)
            {
                whole = said with { };
            }
        };
        cluster.Network.Ignored = static message => message is Replicate;
        var write = new WriteRecord(cluster.History.NextNumber(), [new KeyWrite("cart", HasBody: false)]);
        primary.Ask(new CommitRequest(
            session, write, SessionDelta.Setting("cart", WorkloadValue.Of(write.Number, "hat")), creates: false,
            static _ => { }));
        cluster.RunUntil(() => whole is not null, TimeSpan.FromSeconds(1), "the whole state");
        cluster.Overheard = null;
        cluster.Partition([1], [2, 3]);
        cluster.Network.Ignored = null;
        cluster.Run(TimeSpan.FromSeconds(4));
        cluster.On(node: 2).Commit("cart", "coat");
        cluster.Heal();
        cluster.Settle();
        Assert.Equal("coat", cluster.On(node: 1).Load("cart"));
        cluster.Settle();
        Assert.Equal(whole!.Version.Sequence, holder.Machine.SequenceOf(session.Id));

        holder.Take(new PeerMessage(primary.Member, whole));
        cluster.Crash(1);
        cluster.Settle();

        Assert.Equal("coat", cluster.On(node: 3).Load("cart"));
    }

    /// <summary>
    /// Seed 1512802467 of <c>Full</c>: another member had taken the session over, and the view ended before that was
    /// recorded, so the former primary leads on. What it had said to begin with came a second time, over its former
    /// connection: the holder fell back to that, behind what was acknowledged.
    /// </summary>
    [Fact]
    public void What_a_primary_said_before_a_leadership_that_came_to_nothing_takes_nothing_back()
    {
        var cluster = new SimulatedCluster(nodes: 5);
        cluster.Settle();
        SimulatedProcess? told = null;
        Replicate? whole = null;
        cluster.Overheard = (_, envelope) =>
        {
            if (envelope.Message is Replicate { Payload.Full: not null, Configuration: not null } said)
            {
                told = cluster.Nodes[cluster.HostOf(envelope.To.Node)].Process;
                whole = said with { };
            }
        };
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Overheard = null;
        cluster.On(node: 1).Commit("cart", "socks");
        cluster.Settle();
        SessionId session = cluster.History.Sessions.Single().Id;
        SimulatedProcess primary = cluster.Node(1).Process!;
        SimulatedProcess holder = told!;
        SimulatedProcess between = cluster.Node(cluster.StrangerTo()).Process!;
        long sequence = holder.Machine.SequenceOf(session);
        Configuration led = primary.Machine.ConfigurationOf(session);
        var taken = new Configuration(led.Counter + 1, new Placement([between.Member, holder.Member]));
        holder.Take(new PeerMessage(between.Member, new Replicate(
            session, new HolderVersion(taken.Counter, sequence), sequence,
            new ReplicatePayload(SessionDelta.Nothing, null), TimeSpan.Zero, taken, holder.Machine.View.Number)));
        cluster.Kill(cluster.Nodes[between.Host]);
        cluster.RunUntil(
            () => !holder.Machine.View.Contains(between.Member) && holder.Machine.Inspection.IsServing,
            TimeSpan.FromSeconds(5), "the next view");
        Assert.Equal(led.Counter, holder.Machine.ConfigurationOf(session).Counter);

        holder.Take(new PeerMessage(primary.Member, whole!));

        Assert.Equal(sequence, holder.Machine.SequenceOf(session));
        cluster.Settle();
        cluster.Kill(cluster.Nodes[primary.Host]);
        cluster.Settle();
        Assert.Equal("socks", cluster.On(holder.Host + 1).Load("cart"));
    }
}
