using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// What is said of a view that has not begun everywhere: it may be heard before the news of the view, and an attempt
/// that comes to nothing may have decided it all the same. Each of these was found by a seed.
/// </summary>
public sealed class ComingViewTests
{
    /// <summary>
    /// Seed 78 of the profile Changes: a holder that had acknowledged a commit went back to the version before it.
    /// </summary>
    [Fact]
    public void What_was_said_in_this_view_does_not_undo_what_was_said_in_the_coming_one()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SessionId session = cluster.History.Sessions.Single().Id;
        SimulatedProcess primary = cluster.Node(cluster.PrimaryOf()).Process!;
        SimulatedProcess backup = cluster.Node(cluster.BackupOf()).Process!;
        Member claimant = cluster.Node(cluster.StrangerTo()).Process!.Member;
        Configuration present = primary.Machine.ConfigurationOf(session);
        var given = new Configuration(present.Counter + 1, new Placement([claimant, backup.Member]));
        var state = new ReplicatePayload(null, primary.Machine.StateOf(session));
        long view = backup.Machine.View.Number;

        backup.Take(new PeerMessage(primary.Member, new Replicate(
            session, new HolderVersion(present.Counter, 9), -1, state, TimeSpan.Zero, present, view + 1)));
        Assert.Equal(9, backup.Machine.SequenceOf(session));
        backup.Take(new PeerMessage(claimant, new Replicate(
            session, new HolderVersion(given.Counter, 1), -1, state, TimeSpan.Zero, given, view)));

        Assert.Equal(9, backup.Machine.SequenceOf(session));
    }

    /// <summary>
    /// Seed 213 of the profile Brief: an attempt had excluded a silent member, the next one was bound to that and heard
    /// it again; so it got a lease, and served while another did.
    /// </summary>
    [Fact]
    public void A_view_without_a_member_that_still_has_a_lease_is_not_accepted()
    {
        var cluster = new SimulatedCluster(nodes: 3);
        cluster.Settle();
        SimulatedProcess acceptor = cluster.Node(1).Process!;
        Member proposer = cluster.Node(2).Process!.Member;
        Member leased = cluster.Node(3).Process!.Member;
        View present = acceptor.Machine.View;
        var next = new View(
            present.Number + 1, [.. present.Members.Where(member => member.Member != leased)], [leased]);
        var ballot = new Ballot(5, proposer.Node);
        var said = new List<Message>();
        cluster.Overheard = (sender, envelope) => said.AddRange(sender == acceptor ? [envelope.Message] : []);

        acceptor.Take(new PeerMessage(proposer, new ViewPrepare(next.Number, ballot, [])));
        acceptor.Take(new PeerMessage(proposer, new ViewAccept(ballot, next, [])));

        Assert.Contains(said, static message => message is ViewPromise);
        Assert.DoesNotContain(said, static message => message is ViewAccepted);
        Assert.Contains(leased, acceptor.Machine.Inspection.WithoutLease);
        cluster.Settle();
    }

    /// <summary>
    /// Seed 900196 of the profile Changes: a former primary put another's commit on top of its own, under one sequence,
    /// and acknowledged both.
    /// </summary>
    [Fact]
    public void A_copy_with_commits_that_nobody_answered_takes_no_delta_of_the_next_primary()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SessionHistory session = cluster.History.Sessions.Single();
        int backup = cluster.BackupOf();
        SimulatedProcess primary = cluster.Node(cluster.PrimaryOf()).Process!;
        SimulatedProcess former = cluster.Node(backup).Process!;
        Configuration present = primary.Machine.ConfigurationOf(session.Id);
        long sequence = former.Machine.SequenceOf(session.Id);

        // It was given the session, and had a commit under way, when a view began that knew nothing of that.
        var given = new Configuration(present.Counter + 1, new Placement([former.Member, primary.Member]));
        cluster.Cut(cluster.PrimaryOf(), backup);
        cluster.Cut(backup, cluster.PrimaryOf());
        former.Take(new PeerMessage(primary.Member, new HandOver(
            former.Machine.View.Number, session.Id, present, given, sequence, primary.Machine.StateOf(session.Id)!,
            TimeSpan.Zero)));
        var write = new WriteRecord(7, [new KeyWrite("cart", HasBody: false)]);
        former.Ask(new CommitRequest(
            session, write, SessionDelta.Setting("cart", WorkloadValue.Of(7, "hat")), creates: false, static _ => { }));
        Assert.Equal(sequence + 1, former.Machine.SequenceOf(session.Id));
        var newer = new Configuration(given.Counter + 1, present.Placement);
        former.Take(new PeerMessage(primary.Member, new RecordLocations(
            former.Machine.View.Number, 1000, [new LocationRecord(session.Id, newer)])));

        former.Take(new PeerMessage(primary.Member, new Replicate(
            session.Id, new HolderVersion(newer.Counter, sequence + 2), sequence + 1,
            new ReplicatePayload(SessionDelta.Setting("size", WorkloadValue.Of(8, "L")), null), TimeSpan.Zero, null)));

        Assert.Equal(sequence + 1, former.Machine.SequenceOf(session.Id));
    }

    /// <summary>
    /// Seed 53001784 of the profile Changes: what was still on its way on a connection came after what the next
    /// connection had brought.
    /// </summary>
    [Fact]
    public void What_a_former_connection_brings_late_takes_nothing_back()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 3);
        SessionId session = cluster.History.Sessions.Single().Id;
        SimulatedProcess primary = cluster.Node(cluster.PrimaryOf()).Process!;
        SimulatedProcess backup = cluster.Node(cluster.BackupOf()).Process!;
        long counter = primary.Machine.ConfigurationOf(session).Counter;
        var state = new ReplicatePayload(null, primary.Machine.StateOf(session));
        Replicate Whole(long sequence) =>
            new(session, new HolderVersion(counter, sequence), -1, state, TimeSpan.Zero, null);

        backup.Take(new PeerMessage(primary.Member, Whole(2)));
        backup.Take(new PeerMessage(primary.Member, Whole(3)));
        backup.Take(new PeerMessage(primary.Member, Whole(2)));

        Assert.Equal(3, backup.Machine.SequenceOf(session));
    }

    /// <summary>
    /// Seed 52000499 of the profile Full: a member that had not heard of the next view kept its lease by the grants of
    /// one that had promised it, while the view after the next gave its sessions to others.
    /// </summary>
    [Fact]
    public void Who_has_promised_the_next_view_grants_no_lease_in_this_one()
    {
        var cluster = new SimulatedCluster(nodes: 3);
        cluster.Settle();
        SimulatedProcess acceptor = cluster.Node(1).Process!;
        Member proposer = cluster.Node(2).Process!.Member;
        Member leased = cluster.Node(3).Process!.Member;
        long view = acceptor.Machine.View.Number;
        var said = new List<Message>();
        cluster.Overheard = (sender, envelope) => said.AddRange(sender == acceptor ? [envelope.Message] : []);
        Heartbeat Urgent(long milliseconds) => new(
            view, MemberStatus.Up, new Instant(TimeSpan.FromMilliseconds(milliseconds).Ticks), 0, 0, null, true, []);

        acceptor.Take(new PeerMessage(leased, Urgent(1)));
        Assert.Contains(said, static message => message is HeartbeatAcknowledged);
        said.Clear();
        acceptor.Take(new PeerMessage(proposer, new ViewPrepare(view + 1, new Ballot(5, proposer.Node), [])));
        acceptor.Take(new PeerMessage(leased, Urgent(2)));

        Assert.Contains(said, static message => message is ViewPromise);
        Assert.DoesNotContain(said, static message => message is HeartbeatAcknowledged);
        cluster.Settle();
    }

    /// <summary>
    /// Seed 179572277100213 of the profile Brief: two views within a second excluded two members, one of which had a
    /// lease from the view before, granted by the other.
    /// </summary>
    [Fact]
    public void Silence_is_no_reason_to_exclude_anybody_from_a_view_that_has_just_begun()
    {
        var cluster = new SimulatedCluster(nodes: 3);
        cluster.Settle();
        SimulatedProcess acceptor = cluster.Node(1).Process!;
        SimulatedProcess proposer = cluster.Node(2).Process!;
        Member silent = cluster.Node(3).Process!.Member;
        cluster.Pause(3);
        cluster.Partition([1], [2]);
        cluster.Run(TimeSpan.FromSeconds(2));
        View present = acceptor.Machine.View;
        var next = new View(present.Number + 1, present.Members, []);
        var said = new List<Message>();
        cluster.Overheard = (sender, envelope) => said.AddRange(sender == acceptor ? [envelope.Message] : []);
        ViewPrepare Attempt(long counter) => new(next.Number + 1, new Ballot(counter, proposer.Member.Node), [silent]);

        acceptor.Take(new PeerMessage(proposer.Member, new ViewInstall(next, [])));
        Assert.Equal(next.Number, acceptor.Machine.View.Number);
        acceptor.Take(new PeerMessage(proposer.Member, Attempt(1)));
        Assert.DoesNotContain(said, static message => message is ViewPromise);
        cluster.Run(TimeSpan.FromSeconds(1));
        acceptor.Take(new PeerMessage(proposer.Member, Attempt(2)));
        Assert.Contains(said, static message => message is ViewPromise);
    }

    /// <summary>
    /// Seed 91000383 of the profile Brief: a hand-over of this view came after a commit of the coming one.
    /// </summary>
    [Fact]
    public void What_is_given_away_in_this_view_does_not_undo_what_was_said_in_the_coming_one()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SessionId session = cluster.History.Sessions.Single().Id;
        SimulatedProcess primary = cluster.Node(cluster.PrimaryOf()).Process!;
        SimulatedProcess backup = cluster.Node(cluster.BackupOf()).Process!;
        Member next = cluster.Node(cluster.StrangerTo()).Process!.Member;
        Configuration present = primary.Machine.ConfigurationOf(session);
        var given = new Configuration(present.Counter + 1, new Placement([backup.Member, primary.Member]));
        var coming = new Configuration(present.Counter + 2, new Placement([next, backup.Member]));
        SessionState state = primary.Machine.StateOf(session)!;
        long view = backup.Machine.View.Number;

        backup.Take(new PeerMessage(next, new Replicate(
            session, new HolderVersion(coming.Counter, 9), -1, new ReplicatePayload(null, state), TimeSpan.Zero,
            coming, view + 1)));
        Assert.Equal(9, backup.Machine.SequenceOf(session));
        backup.Take(new PeerMessage(primary.Member, new HandOver(
            view, session, present, given, 1, state, TimeSpan.Zero)));

        Assert.Equal(9, backup.Machine.SequenceOf(session));
    }

    /// <summary>
    /// Seed 91000275 of the profile Brief: the tie-breaker had agreed to a view in which a session was created, and had
    /// not heard that it had begun.
    /// </summary>
    [Fact]
    public void Who_has_promised_the_next_view_calls_no_session_unknown()
    {
        var cluster = new SimulatedCluster(nodes: 2);
        cluster.Settle();
        SimulatedProcess acceptor = cluster.Node(1).Process!;
        Member proposer = cluster.Node(2).Process!.Member;
        long view = acceptor.Machine.View.Number;
        var said = new List<Message>();
        cluster.Overheard = (sender, envelope) => said.AddRange(sender == acceptor ? [envelope.Message] : []);
        LoadResult? result = null;
        NodeDoor door = cluster.On(node: 1);

        acceptor.Take(new PeerMessage(proposer, new ViewPrepare(view + 1, new Ballot(5, proposer.Node), [])));
        acceptor.Take(new PeerMessage(proposer, new Locate(7, cluster.History.Sessions.Single().Id)));
        door.Ask(new LoadRequest(cluster.History.Sessions.Single(), answer => result = answer?.Result));

        Assert.Null(result);
        Assert.DoesNotContain(said, static message => message is Located);
        cluster.Settle();
        Assert.Equal(LoadResult.NotFound, result);
    }

    /// <summary>
    /// Seed 98005163 of the profile Full: a holder had acknowledged a commit of the coming view, entered the view after
    /// that, and before it had the map, a former primary's statement of the coming view took the commit back.
    /// </summary>
    [Fact]
    public void What_was_told_in_a_view_that_was_passed_over_stays_until_the_map_is_here()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SessionId session = cluster.History.Sessions.Single().Id;
        SimulatedProcess primary = cluster.Node(cluster.PrimaryOf()).Process!;
        SimulatedProcess backup = cluster.Node(cluster.BackupOf()).Process!;
        Member next = cluster.Node(cluster.StrangerTo()).Process!.Member;
        Configuration present = primary.Machine.ConfigurationOf(session);
        var coming = new Configuration(present.Counter + 2, new Placement([next, backup.Member]));
        var state = new ReplicatePayload(null, primary.Machine.StateOf(session));
        View view = backup.Machine.View;
        var afterNext = new View(view.Number + 2, view.Members, view.Absent);
        backup.Take(new PeerMessage(next, new Replicate(
            session, new HolderVersion(coming.Counter, 9), -1, state, TimeSpan.Zero, coming, view.Number + 1)));

        backup.Take(
            new PeerMessage(next, new ViewInstall(afterNext, [new BucketDigest((int)(session.Prefix >> 54), 1)])));
        Assert.False(backup.Machine.IsReady);
        backup.Take(new PeerMessage(primary.Member, new Replicate(
            session, new HolderVersion(present.Counter, 1), -1, state, TimeSpan.Zero, present, view.Number + 1)));

        Assert.Equal(9, backup.Machine.SequenceOf(session));
    }
}
