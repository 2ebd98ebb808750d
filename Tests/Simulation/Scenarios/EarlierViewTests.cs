using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// What was said in an earlier view, and comes late because its sender or the way was slow, means nothing in the
/// present one. Each of these was found by a seed.
/// </summary>
public sealed class EarlierViewTests
{
    /// <summary>
    /// Swarm seeds 1000311, 1002015, 1003081 and 1004069: the copies went, and the session was said to be lost.
    /// </summary>
    [Fact]
    public void A_configuration_that_only_an_earlier_view_knew_takes_no_copy_away()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        int stranger = cluster.StrangerTo();
        long earlier = cluster.Node(stranger).Process!.Machine.View.Number;
        cluster.Crash(stranger == 4 ? 3 : 4);
        cluster.Settle();
        stranger = cluster.StrangerTo();
        Member claimant = cluster.Node(stranger).Process!.Member;
        SessionId session = cluster.History.Sessions.Single().Id;
        SimulatedProcess primary = cluster.Node(cluster.PrimaryOf()).Process!;

        var claim = new Configuration(100, new Placement([claimant]));
        primary.Take(new PeerMessage(claimant, new Stale(earlier, session, claim)));

        Assert.NotNull(primary.Machine.StateOf(session));
        Assert.Equal("shoes", cluster.On(cluster.PrimaryOf()).Load("cart"));
    }

    /// <summary>Swarm seed 1003007: a view began without what its members had recorded in the one before.</summary>
    [Fact]
    public void A_promise_for_an_earlier_view_does_not_count_for_the_next()
    {
        var cluster = new SimulatedCluster(nodes: 3);
        cluster.Settle();
        SimulatedProcess proposer = cluster.Node(1).Process!;
        Member other = cluster.Node(2).Process!.Member;
        long current = proposer.Machine.View.Number;
        cluster.Cut(1, 2);
        cluster.Cut(2, 1);
        cluster.Crash(3);
        cluster.Run(TimeSpan.FromMilliseconds(100));

        var ballot = new Ballot(1, proposer.Member.Node);
        proposer.Take(new PeerMessage(other, new ViewPromise(current, ballot, default, null, [])));
        proposer.Take(new PeerMessage(other, new ViewAccepted(current, ballot)));
        cluster.Run(TimeSpan.FromMilliseconds(100));
        proposer.Take(new PeerMessage(other, new ViewAccepted(current, ballot)));

        Assert.Equal(current, proposer.Machine.View.Number);
        cluster.Heal();
        cluster.Settle();
    }

    /// <summary>
    /// Seeds 91000224 and 91009378: a holder had commits of a leadership that came to nothing, took the whole state of
    /// the present primary for a late one, and put the next delta on top of its own.
    /// </summary>
    [Fact]
    public void What_a_primary_said_whose_record_came_to_nothing_is_not_newer_than_the_state_of_the_present_one()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SessionId session = cluster.History.Sessions.Single().Id;
        SimulatedProcess primary = cluster.Node(cluster.PrimaryOf()).Process!;
        SimulatedProcess backup = cluster.Node(cluster.BackupOf()).Process!;
        Member claimant = cluster.Node(cluster.StrangerTo()).Process!.Member;
        Configuration present = primary.Machine.ConfigurationOf(session);
        var given = new Configuration(present.Counter + 1, new Placement([claimant, backup.Member]));
        var state = new ReplicatePayload(null, primary.Machine.StateOf(session));
        backup.Take(new PeerMessage(claimant, new Replicate(
            session, new HolderVersion(given.Counter, 5), -1, state, TimeSpan.Zero, given,
            backup.Machine.View.Number)));

        // The next view knows nothing of the claimant's leadership.
        View next = cluster.EnterNextView(backup, primary.Member, session, present);
        backup.Take(new PeerMessage(primary.Member, new Replicate(
            session, new HolderVersion(present.Counter, 4), -1, state, TimeSpan.Zero, present, next.Number)));

        Assert.Equal(4, backup.Machine.SequenceOf(session));
    }

    /// <summary>
    /// Seed 93005243 of the profile Full: a holder had acknowledged a commit, followed another leader for a view, and
    /// was told everything anew; its former acknowledgement was taken for one of that.
    /// </summary>
    [Fact]
    public void What_a_holder_acknowledged_in_an_earlier_view_is_no_answer_to_what_it_is_told_in_this_one()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 3);
        SessionHistory session = cluster.History.Sessions.Single();
        SimulatedProcess primary = cluster.Node(cluster.PrimaryOf()).Process!;
        Member backup = cluster.Node(cluster.BackupOf()).Process!.Member;
        Member other = cluster.Node(cluster.StrangerTo()).Process!.Member;
        Configuration present = primary.Machine.ConfigurationOf(session.Id);
        cluster.Partition([cluster.PrimaryOf()], [cluster.BackupOf()], [cluster.StrangerTo()]);
        CommitResult? result = null;
        var write = new WriteRecord(7, [new KeyWrite("cart", HasBody: false)]);
        primary.Ask(new CommitRequest(
            session, write, SessionDelta.Setting("cart", WorkloadValue.Of(7, "hat")), creates: false,
            answer => result = answer?.Result));
        long sequence = primary.Machine.SequenceOf(session.Id);
        long work = primary.Machine.Inspection.CopyOf(session.Id)!.Work!.Number;

        cluster.EnterNextView(primary, other, session.Id, present);
        Assert.True(primary.Machine.IsReady);
        primary.Take(new PeerMessage(backup, new Replicated(
            work, new HolderVersion(present.Counter, sequence))));

        Assert.Null(result);
    }

    /// <summary>
    /// Seed 980000608 of the profile Changes: what a process had asked for before it died came late, on a slow way, and
    /// took the place of its successor, which served still.
    /// </summary>
    [Fact]
    public void A_former_process_that_wished_to_join_does_not_take_the_place_of_its_successor()
    {
        var cluster = new SimulatedCluster(nodes: 4);
        cluster.Settle();
        SimulatedProcess member = cluster.Node(1).Process!;
        Member former = cluster.Node(4).Process!.Member;
        cluster.Cut(1, 4);
        cluster.Cut(4, 1);
        cluster.Kill(cluster.Node(4), losesHost: true);
        cluster.RunUntil(() => !member.Machine.View.Contains(former), TimeSpan.FromSeconds(10), "a view without it");
        cluster.Network.FindHost(cluster.Node(4).Host);
        cluster.Restart(4);
        Member successor = cluster.Node(4).Process!.Member;
        cluster.RunUntil(() => member.Machine.View.Contains(successor), TimeSpan.FromSeconds(10), "its successor");
        Assert.True(member.Machine.Inspection.IsLinked(former));
        bool isAttempted = false;
        cluster.Overheard = (sender, envelope) => isAttempted |= sender == member && envelope.Message is ViewPrepare;

        member.Take(new PeerMessage(former, new JoinRequest(member.Machine.View.Number, MemberRole.Node)));

        Assert.False(isAttempted);
        Assert.True(member.Machine.View.Contains(successor));
    }

    /// <summary>
    /// Seed 1400000049 of the profile Brief: a holder had been told by another leader, in a view without the primary,
    /// of a configuration that came to nothing. The next view began with the primary's, under the lower counter, and
    /// all that the primary said under that was taken for what it had said before.
    /// </summary>
    [Fact]
    public void Who_was_told_of_a_leader_that_came_to_nothing_hears_the_one_that_goes_on()
    {
        var cluster = new SimulatedCluster(nodes: 4, backups: 3);
        cluster.Settle();
        cluster.On(node: 1).Commit("cart", "shoes");
        cluster.Settle();
        SessionHistory session = cluster.History.Sessions.Single();
        Placement placement = cluster.PlacementOf()!;
        int primary = cluster.PrimaryOf();
        SimulatedProcess led = cluster.Node(primary).Process!;
        SimulatedProcess[] others = [.. placement.Holders.Skip(1).Select(
            member => cluster.Node(cluster.HostOf(member.Node) + 1).Process!)];
        Configuration before = led.Machine.ConfigurationOf(session.Id);
        Replicate? told = null;
        cluster.Overheard = (sender, envelope) =>
        {
            if (sender == others[0] && envelope.To == others[1].Member && envelope.Message is Replicate said)
            {
                told ??= said with { };
            }
        };
        cluster.Network.Ignored = static message => message is Replicate;
        cluster.Partition([.. others.Select(static process => process.Host + 1)], [primary]);
        cluster.RunUntil(() => told is not null, TimeSpan.FromSeconds(5), "another leader");
        others[1].Take(new PeerMessage(others[0].Member, told!));
        cluster.Heal();
        cluster.RunUntil(
            () => led.Machine.Inspection.IsServing && led.Machine.View.Number > told!.View,
            TimeSpan.FromSeconds(5),
            "the next view");
        cluster.Network.Ignored = null;
        Assert.True(told!.Version.Counter > before.Counter);
        Assert.Equal(before, led.Machine.ConfigurationOf(session.Id));

        cluster.On(primary).Commit("cart", "coat");
        cluster.Settle();
        Assert.Equal(before, led.Machine.ConfigurationOf(session.Id));
    }
}
