using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// All whom a process knows to be in the latest view of which it has heard are dead. Others, who joined since, may have
/// gone on with it, and need what it has.
/// </summary>
public sealed class UnheardSurvivorTests
{
    /// <summary>Shorter than anybody begins anew.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Seed 1476008561 (<c>Full</c>): a holder that was cut off heard late of a view whose other members had died, and
    /// gave up what it had at once. The one who had joined since waited for it, out of its reach still.
    /// </summary>
    [Fact]
    public void Who_has_nobody_left_of_its_view_waits_for_whom_it_does_not_hear()
    {
        const int Nodes = 5;
        SimulatedCluster cluster = SingleFaultTests.WithBasket(Nodes);
        (int primary, int backup, int survivor) = (cluster.PrimaryOf(), cluster.BackupOf(), cluster.StrangerTo());
        int[] dying = [.. Enumerable.Range(1, Nodes).Where(node => node != backup && node != survivor)];
        SimulatedProcess leader = cluster.Node(primary).Process!;
        SimulatedProcess holder = cluster.Node(backup).Process!;
        Member[] dead = [.. dying.Select(node => cluster.Node(node).Process!.Member)];
        long view = holder.Machine.View.Number;
        foreach (int other in (int[])[.. dying, survivor])
        {
            // It is heard, so it stays a member.
            cluster.Cut(other, backup);
        }

        cluster.Crash(survivor);
        cluster.RunUntil(() => leader.Machine.View.Number > view, TimeSpan.FromSeconds(1), "a view of four");

        // That is the last it hears of them; the map of that view does not come any more.
        holder.Take(new PeerMessage(leader.Member, new ViewInstall(leader.Machine.View, [])));
        cluster.Restart(survivor);
        cluster.RunUntil(
            () => cluster.Node(survivor).Process!.Machine is { IsReady: true } machine
                && machine.View.Contains(holder.Member),
            TimeSpan.FromSeconds(3), "a view of five");
        cluster.Crash(dying);
        cluster.Heal();
        cluster.Cut(survivor, backup);
        cluster.Cut(backup, survivor);
        cluster.RunUntil(
            () => Array.TrueForAll(dead, holder.Machine.Inspection.IsGone),
            TimeSpan.FromSeconds(2), "word of the deaths");
        cluster.Run(TimeSpan.FromSeconds(2));

        cluster.Heal();
        cluster.Settle();
        Assert.Equal("shoes", cluster.On(survivor).Load("cart"));
    }

    /// <summary>Nobody is left who could be waited for: a cluster that has died begins anew without delay.</summary>
    [Fact]
    public void Who_is_refused_by_everybody_waits_for_nobody()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 3);
        (int primary, int backup, int third) = (cluster.PrimaryOf(), cluster.BackupOf(), cluster.StrangerTo());
        SimulatedProcess left = cluster.Node(third).Process!;
        cluster.Partition([primary, backup], [third]);
        cluster.RunUntil(
            () => !cluster.Node(primary).Process!.Machine.View.Contains(left.Member),
            ScenarioVerbs.SettleLimit, "a view of two");
        cluster.Heal();
        cluster.RunUntil(
            () => !left.Machine.View.Contains(left.Member), ScenarioVerbs.SettleLimit, "word of the view");
        long without = left.Machine.View.Number;
        cluster.Crash(primary, backup);

        cluster.RunUntil(() => left.Machine.View.Number < without, TimeSpan.FromSeconds(2), "a new beginning");
    }

    /// <summary>
    /// Found by reading: the news of a view reached only one that had not accepted it, and the proposer died. Those who
    /// had its map could not decide anything without that one, and it waited for the map, and gave up what it had.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Who_alone_has_heard_of_a_view_tells_those_who_have_its_map(bool isLeaving)
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 4);
        (int proposer, int holder, int newcomer) = (cluster.PrimaryOf(), cluster.BackupOf(), cluster.StrangerTo());
        int acceptor = Enumerable.Range(1, 4).Except([proposer, holder, newcomer]).Single();
        cluster.Crash(newcomer);
        cluster.Settle();
        SimulatedProcess left = cluster.Node(holder).Process!;
        Agreement agreement = Overhear(cluster, proposer, acceptor);

        // What the holder does not hear of in time is in the map of the next view, and a quorum of two accepts that.
        cluster.Network.Condition(proposer - 1, holder - 1).Clog = TimeSpan.FromMilliseconds(600);
        cluster.Network.Condition(acceptor - 1, holder - 1).Clog = TimeSpan.FromMilliseconds(600);
        cluster.On(proposer, "hat").Commit("size", "L");
        cluster.Restart(newcomer);
        cluster.RunUntil(() => agreement.IsReached, TimeSpan.FromMilliseconds(500), "a view of four");
        if (isLeaving)
        {
            left.Take(new StartDrain());
        }

        agreement.TellTo(left);
        Assert.Equal(agreement.Number, left.Machine.View.Number);
        cluster.Crash(proposer);
        cluster.Heal();

        if (isLeaving)
        {
            cluster.RunUntil(() => left.IsDrained, Soon, "it leaves");
            cluster.Kill(left.Node);
        }

        cluster.Settle(Soon);
        Assert.Equal("shoes", cluster.On(acceptor).Load("cart"));
    }

    /// <summary>
    /// Found by reading: the same, where the one that has heard of the view is not in it. No member could decide
    /// anything without its vote in the view before, and it waited for members that knew of no such view.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Who_alone_has_heard_that_it_is_excluded_tells_those_who_stay(bool isLeaving)
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 3);
        (int proposer, int holder, int acceptor) = (cluster.PrimaryOf(), cluster.BackupOf(), cluster.StrangerTo());
        SimulatedProcess left = cluster.Node(holder).Process!;
        Agreement agreement = Overhear(cluster, proposer, acceptor);
        cluster.Partition([proposer, acceptor], [holder]);
        cluster.RunUntil(() => agreement.IsReached, TimeSpan.FromSeconds(3), "a view of two");
        if (isLeaving)
        {
            left.Take(new StartDrain());
        }

        agreement.TellTo(left);
        Assert.False(left.Machine.View.Contains(left.Member));
        cluster.Crash(proposer);
        cluster.Heal();

        if (isLeaving)
        {
            cluster.RunUntil(() => left.IsDrained, Soon, "it leaves");
            cluster.Kill(left.Node);
        }

        cluster.Settle(Soon);
        Assert.Equal("shoes", cluster.On(acceptor).Load("cart"));
    }

    /// <summary>
    /// Seed 1 (<c>DividedFull</c>) with a first mend of that: whoever lacked the map of a view took the news of its
    /// proposer for hearsay, as that one had told that it had yet to begin.
    /// </summary>
    [Fact]
    public void Who_has_agreed_a_view_never_says_that_it_lacks_its_map()
    {
        var cluster = new SimulatedCluster(
            new ClusterOptions { Nodes = 4, PartitionPolicy = PartitionPolicy.Available });
        cluster.Settle();
        Member proposer = cluster.Node(1).Process!.Member;
        (bool hasTold, bool isJoining) = (false, false);
        cluster.Overheard = (sender, envelope) =>
        {
            hasTold |= sender.Member == proposer && envelope.Message is ViewInstall;
            isJoining |= sender.Member == proposer && envelope.Message is Heartbeat { Status: MemberStatus.Joining };
        };

        cluster.Crash(4);
        cluster.Settle();

        Assert.True(hasTold);
        Assert.False(isJoining);
    }

    private static Agreement Overhear(SimulatedCluster cluster, int proposer, int acceptor)
    {
        var agreement = new Agreement(cluster.Node(proposer).Process!.Member);
        SimulatedProcess voter = cluster.Node(acceptor).Process!;
        cluster.Overheard = (sender, envelope) => agreement.Hear(sender, voter, envelope.Message);
        return agreement;
    }

    /// <summary>A view that one proposes and another accepts, as it was overheard.</summary>
    private sealed class Agreement(Member proposer)
    {
        private ViewAccept? _accept;

        public bool IsReached { get; private set; }

        public long Number => _accept!.View.Number;

        public void Hear(SimulatedProcess sender, SimulatedProcess voter, Message message)
        {
            _accept ??= sender.Member == proposer ? message as ViewAccept : null;
            IsReached |= sender == voter && message is ViewAccepted;
        }

        /// <summary>The proposer's news of it reaches somebody.</summary>
        public void TellTo(SimulatedProcess one) =>
            one.Take(new PeerMessage(proposer, new ViewInstall(_accept!.View, _accept.Digests)));
    }
}
