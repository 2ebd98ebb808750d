using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// What a proposer gathers for the map of the next view. Each of these was found by a seed, or by doubt.
/// </summary>
public sealed class NextViewMapTests
{
    /// <summary>
    /// Seed 870000663 of the profile Brief: the next view had begun, and who did not know proposed the same one with a
    /// record of its own, of which no quorum knew. Two served the session in one view.
    /// </summary>
    [Fact]
    public void A_view_that_may_have_begun_is_proposed_again_with_the_map_of_then()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SimulatedProcess proposer = cluster.Node(1).Process!;
        SimulatedProcess acceptor = cluster.Node(2).Process!;
        SimulatedProcess primary = cluster.Node(3).Process!;
        View present = proposer.Machine.View;
        var known = new SessionId(new byte[SessionId.Length]);
        proposer.Take(new PeerMessage(primary.Member, new RecordLocations(present.Number, 1000,
            [new LocationRecord(known, new Configuration(1, new Placement([primary.Member, acceptor.Member])))])));
        Assert.Equal(1, proposer.Machine.ConfigurationOf(known).Counter);
        ViewPromise? promise = null;
        ViewAccept? accept = null;
        cluster.Overheard = (sender, envelope) =>
        {
            promise ??= sender == acceptor ? envelope.Message as ViewPromise : null;
            accept ??= sender == proposer ? envelope.Message as ViewAccept : null;
        };

        HearThatTheNextViewMayHaveBegun(cluster, () => promise);
        cluster.RunUntil(() => accept is not null, TimeSpan.FromSeconds(5), "a proposal");

        Assert.Equal(promise!.Digests, accept!.Digests);
        cluster.Settle();
    }

    /// <summary>
    /// Seed 1482000205 (<c>Divided</c>): who had accepted the view of a higher attempt got a promise for its own one, and
    /// merged the map of the promiser. So it had another map than the one that it had accepted with that view.
    /// </summary>
    [Fact]
    public void Who_has_accepted_a_view_merges_nothing_more_for_an_attempt_of_its_own()
    {
        var cluster = new SimulatedCluster(nodes: 5);
        cluster.Settle();
        SimulatedProcess proposer = cluster.Node(1).Process!;
        SimulatedProcess other = cluster.Node(2).Process!;
        ViewPrepare? prepare = null;
        bool hasAccepted = false;
        int asked = 0;
        cluster.Overheard = (sender, envelope) =>
        {
            prepare ??= sender == proposer ? envelope.Message as ViewPrepare : null;
            hasAccepted |= sender == proposer && envelope.Message is ViewAccepted;
            asked += sender == proposer && envelope.Message is MapPageRequest ? 1 : 0;
        };
        cluster.Network.Ignored = static message => message is ViewPrepare or ViewPromise or ViewAccepted;
        cluster.Crash(5);
        cluster.RunUntil(() => prepare is not null, TimeSpan.FromSeconds(5), "an attempt");
        View present = proposer.Machine.View;
        ViewMember[] left = [.. present.Members.Where(member => member.Member.Node != cluster.Node(5).Id)];
        var next = new View(present.Number + 1, left, []);
        proposer.Take(new PeerMessage(other.Member, new ViewAccept(
            new Ballot(prepare!.Ballot.Counter + 1, other.Node.Id), next, other.Machine.Inspection.Map.CopyDigests())));
        Assert.True(hasAccepted);

        proposer.Take(new PeerMessage(cluster.Node(3).Process!.Member, new ViewPromise(
            prepare.Number, prepare.Ballot, default, null, [new BucketDigest(1, 1)])));

        Assert.Equal(0, asked);
        cluster.Network.Ignored = null;
        cluster.Settle();
    }

    /// <summary>
    /// Found by no seed: the map that is agreed with a view is that of its proposer, and must not change while the
    /// others copy it. A page of an attempt that was given up came that late, over a slow way.
    /// </summary>
    [Fact]
    public void What_comes_for_an_attempt_that_was_given_up_is_not_in_the_map_of_the_next_one()
    {
        var cluster = new SimulatedCluster(nodes: 5);
        cluster.Settle();
        SimulatedProcess proposer = cluster.Node(1).Process!;
        Member slow = cluster.Node(2).Process!.Member;
        var known = new SessionId(new byte[SessionId.Length]);
        ViewPrepare? prepare = null;
        ViewAccept? accept = null;
        MapPageRequest? asked = null;
        cluster.Overheard = (sender, envelope) =>
        {
            prepare ??= sender == proposer ? envelope.Message as ViewPrepare : null;
            accept ??= sender == proposer ? envelope.Message as ViewAccept : null;
            asked ??= sender == proposer ? envelope.Message as MapPageRequest : null;
        };

        cluster.Cut(2, 1);
        cluster.Crash(5);
        cluster.RunUntil(() => prepare is not null, TimeSpan.FromSeconds(5), "an attempt");
        proposer.Take(new PeerMessage(slow, new ViewPromise(
            prepare!.Number, prepare.Ballot, default, null, [new BucketDigest((int)(known.Prefix >> 54), 1)])));
        cluster.RunUntil(() => accept is not null, TimeSpan.FromSeconds(5), "a proposal of the next attempt");
        proposer.Take(new PeerMessage(slow, new MapPage(
            asked!.Request, asked.Bucket, [new LocationRecord(known, new Configuration(1, new Placement([slow])))],
            IsLast: true)));

        Assert.True(accept!.Ballot > prepare.Ballot);
        Assert.Equal(0, proposer.Machine.ConfigurationOf(known).Counter);
        cluster.Heal();
        cluster.Settle();
    }

    /// <summary>
    /// Seed 950000129 of the profile Divided: who proposed a view had gathered from one member that a session is
    /// removed, and said so while the view might still come to nothing, and the end with it.
    /// </summary>
    [Fact]
    public void What_was_gathered_for_the_next_view_is_no_answer_in_this_one()
    {
        var cluster = new SimulatedCluster(nodes: 5);
        cluster.Settle();
        SimulatedProcess proposer = cluster.Node(1).Process!;
        string name = Enumerable.Range(1, 9).Select(static number => $"basket {number}").First(session =>
        {
            cluster.On(node: 3, session).Commit("cart", "shoes");
            return !cluster.PlacementOf(session)!.Contains(proposer.Member);
        });
        SessionHistory history = cluster.History.Sessions.Single(known => known.Name == name);
        LoadResult? result = null;
        bool hasGathered = false;
        cluster.Network.Ignored = static message => message is RecordLocations or ViewAccept;
        cluster.Overheard = (sender, envelope) => hasGathered |= sender == proposer && envelope.Message is ViewAccept;

        cluster.On(node: 3, name).Ask(new RemoveRequest(history, static _ => { }));
        cluster.Crash(5);
        cluster.RunUntil(() => hasGathered, TimeSpan.FromSeconds(5), "proposing");
        cluster.On(node: 1, name).Ask(new LoadRequest(history, answer => result = answer?.Result));
        cluster.Run(TimeSpan.FromMilliseconds(5));

        Assert.True(proposer.Machine.PlacementOf(history.Id) is { IsRemoved: true });
        Assert.Null(result);
        cluster.Network.Ignored = null;
        cluster.Settle();
        Assert.Equal(LoadResult.NotFound, result);
    }

    /// <summary>
    /// Seed 975002619 of the profile Brief: who had promised entered the view that it had accepted, and the pages that
    /// it was asked for named what it had recorded there since. The same view was proposed again with that.
    /// </summary>
    [Fact]
    public void What_was_recorded_in_a_view_is_not_in_the_map_with_which_it_is_proposed_again()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SimulatedProcess proposer = cluster.Node(1).Process!;
        SimulatedProcess acceptor = cluster.Node(2).Process!;
        View present = proposer.Machine.View;
        var known = new SessionId(new byte[SessionId.Length]);
        LocationRecord Recorded(long counter) =>
            new(known, new Configuration(counter, new Placement([acceptor.Member])));
        acceptor.Take(new PeerMessage(
            cluster.Node(3).Process!.Member, new RecordLocations(present.Number, 1000, [Recorded(1)])));
        ViewPromise? promise = null;
        ViewAccept? accept = null;
        MapPageRequest? asked = null;
        cluster.Overheard = (sender, envelope) =>
        {
            promise ??= sender == acceptor ? envelope.Message as ViewPromise : null;
            accept ??= sender == proposer ? envelope.Message as ViewAccept : null;
            asked ??= sender == proposer ? envelope.Message as MapPageRequest : null;
        };

        HearThatTheNextViewMayHaveBegun(cluster, () => promise);
        proposer.Take(new PeerMessage(
            acceptor.Member, new MapPage(asked!.Request, asked.Bucket, [Recorded(2)], IsLast: true)));
        cluster.RunUntil(() => accept is not null, TimeSpan.FromSeconds(5), "a proposal");

        Assert.True(accept!.Ballot > promise!.Ballot);
        cluster.Settle();
    }

    /// <summary>
    /// Seed 1512480965 (<c>Brief</c>, with other times than by default): who was a view behind copied the map of one that
    /// was not, and then was told of the view by the same one. It took that map for the agreed one, and dropped its copy
    /// for a record of which no quorum knew.
    /// </summary>
    [Fact]
    public void A_map_that_was_copied_before_its_view_was_told_is_not_the_agreed_one()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        SimulatedProcess backup = cluster.Node(cluster.BackupOf()).Process!;
        SimulatedProcess stranger = cluster.Node(cluster.StrangerTo()).Process!;
        Member primary = cluster.Node(cluster.PrimaryOf()).Process!.Member;
        SessionId session = cluster.History.Sessions.Single().Id;
        View present = backup.Machine.View;
        var moved = new Configuration(
            backup.Machine.ConfigurationOf(session).Counter + 1, new Placement([primary, stranger.Member]));
        backup.Take(new PeerMessage(
            primary, new RecordLocations(present.Number, 1000, [new LocationRecord(session, moved)])));

        var next = new View(present.Number + 1, present.Members, present.Absent);
        backup.Take(new PeerMessage(
            stranger.Member, new ViewInstall(next, backup.Machine.Inspection.Map.CopyDigests())));

        Assert.Equal(next.Number, backup.Machine.View.Number);
        Assert.Equal(moved, backup.Machine.ConfigurationOf(session));
        Assert.Equal(1, backup.Machine.BackupCount);
    }

    /// <summary>
    /// As above, where the proposer has entered the view while an acceptor still copied its map.
    /// </summary>
    [Fact]
    public void A_view_is_not_accepted_with_what_was_recorded_in_it()
    {
        var cluster = new SimulatedCluster(nodes: 3);
        cluster.Settle();
        SimulatedProcess acceptor = cluster.Node(1).Process!;
        Member proposer = cluster.Node(2).Process!.Member;
        View present = acceptor.Machine.View;
        var known = new SessionId(new byte[SessionId.Length]);
        var ballot = new Ballot(5, proposer.Node);
        var digests = new[] { new BucketDigest((int)(known.Prefix >> 54), 1) };
        MapPageRequest? asked = null;
        bool hasAccepted = false;
        cluster.Overheard = (sender, envelope) =>
        {
            asked ??= sender == acceptor ? envelope.Message as MapPageRequest : null;
            hasAccepted |= sender == acceptor && envelope.Message is ViewAccepted;
        };

        acceptor.Take(new PeerMessage(proposer, new ViewPrepare(present.Number + 1, ballot, [])));
        acceptor.Take(new PeerMessage(
            proposer, new ViewAccept(ballot, present with { Number = present.Number + 1 }, digests)));
        acceptor.Take(new PeerMessage(proposer, new MapPage(asked!.Request, asked.Bucket,
            [new LocationRecord(known, new Configuration(2, new Placement([proposer])))], IsLast: true)));

        Assert.Equal(2, acceptor.Machine.ConfigurationOf(known).Counter);
        Assert.False(hasAccepted);
        cluster.Settle();
    }

    /// <summary>Node 4 dies, and the promise of node 2 says that it has accepted a view without that before.</summary>
    private static void HearThatTheNextViewMayHaveBegun(SimulatedCluster cluster, Func<ViewPromise?> promise)
    {
        SimulatedProcess proposer = cluster.Node(1).Process!;
        Member acceptor = cluster.Node(2).Process!.Member;
        Member dead = cluster.Node(4).Process!.Member;
        View present = proposer.Machine.View;
        cluster.Crash(4);
        cluster.RunUntil(() => promise() is not null, TimeSpan.FromSeconds(5), "a promise");
        var begun = new View(present.Number + 1, [.. present.Members.Where(member => member.Member != dead)], []);
        proposer.Take(new PeerMessage(acceptor, promise()! with
        {
            AcceptedBallot = new Ballot(1, acceptor.Node), AcceptedView = begun,
        }));
    }
}
