using System.Globalization;
using SessionCluster.Replication;
using SessionCluster.Replication.Sessions;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// Found on a busy machine: after a death each survivor sent 512 states of 64 KB at once. What was queued then was more
/// than could be taken before it was sent again, heartbeats waited behind it, and members fell silent to one another.
/// </summary>
public sealed class ProtectionWindowTests
{
    private const int Sessions = 40;
    private const int SessionBytes = 256 * 1024;
    private const int Window = (int)(ReplicationSettings.DefaultProtectionWindowBytes / SessionBytes);

    [Fact]
    public void So_many_bytes_are_under_way_at_once_after_a_death_as_the_window_says()
    {
        SimulatedCluster cluster = ClusterWithLargeSessions();
        SimulatedProcess primary = cluster.Node(1).Process!;
        var underWay = new HashSet<long>();
        (int most, int sent) = (0, 0);
        cluster.Overheard = (sender, envelope) =>
        {
            if (sender == primary && envelope.Message is Replicate { Payload.Full: not null } copy)
            {
                underWay.Add(copy.Work);
                most = Math.Max(most, underWay.Count);
                sent++;
            }
            else if (envelope.To == primary.Member && envelope.Message is Replicated taken)
            {
                underWay.Remove(taken.Work);
            }
        };
        cluster.Crash(2);
        cluster.Run(TimeSpan.FromSeconds(4));
        cluster.Overheard = null;

        Assert.Equal(0, primary.Machine.UnprotectedCount);
        Assert.True(sent > Window);
        Assert.InRange(most, 2, Window + 1);
        cluster.Heal();
        cluster.Settle();
    }

    [Fact]
    public void A_change_to_a_session_whose_backup_has_died_does_not_wait_for_its_turn()
    {
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            Nodes = 4, Detail = TraceDetail.Transcript, Slices = new SliceOptions { WindowBytes = 1 },
            Network = new NetworkProfile { BaseDelay = TimeSpan.FromMilliseconds(10) },
        });
        cluster.Settle();
        AddSessions(cluster, bytes: 64);
        SimulatedProcess primary = cluster.Node(1).Process!;
        Member dead = cluster.Node(2).Process!.Member;
        int used = Enumerable.Range(0, Sessions).First(number => primary.Machine.PlacementOf(
            cluster.History.Sessions[number].Id)!.Holders.Contains(dead));
        cluster.Crash(2);
        cluster.RunUntil(() => !primary.Machine.View.Contains(dead), TimeSpan.FromSeconds(1), "a view without it");
        int? waiting = null;
        Change(cluster, cluster.History.Sessions[used], bytes: 64, () => waiting = primary.Machine.UnprotectedCount);
        var less = TimeSpan.FromMilliseconds(200);
        cluster.RunUntil(() => waiting is not null, less, "the answer in less time than a holder is waited for");

        Assert.True(waiting > 0);
        cluster.Settle();
    }

    [Fact]
    public void Who_leaves_gives_away_so_many_bytes_at_once()
    {
        SimulatedCluster cluster = ClusterWithLargeSessions();
        SimulatedProcess leaving = cluster.Node(1).Process!;
        var underWay = new HashSet<SessionId>();
        (int most, int given) = (0, 0);
        cluster.Overheard = (sender, envelope) =>
        {
            if (sender == leaving && envelope.Message is HandOver handOver)
            {
                given += underWay.Add(handOver.Session) ? 1 : 0;
                most = Math.Max(most, underWay.Count);
            }
            else
            {
                underWay.RemoveWhere(session => leaving.Machine.PlacementOf(session)?.Primary != leaving.Member);
            }
        };
        cluster.Drain(1);
        cluster.Overheard = null;

        Assert.Equal(Sessions, given);
        Assert.InRange(most, 2, Window + 1);
        cluster.Heal();
        cluster.Settle();
    }

    [Fact]
    public void What_requests_hold_exclusively_keeps_no_other_session_from_leaving()
    {
        SimulatedCluster cluster = ClusterWithLargeSessions();
        SimulatedProcess leaving = cluster.Node(1).Process!;
        var held = new List<long>();
        foreach (SessionHistory session in cluster.History.Sessions.Take(Window + 2))
        {
            leaving.Ask(new LoadRequest(session, answer => held.Add(answer!.Request)) { IsExclusive = true });
        }

        cluster.StartDrain(cluster.Node(1));
        cluster.RunUntil(
            () => leaving.Machine.PrimaryCount == Window + 2, TimeSpan.FromSeconds(5), "all others given away");

        Assert.Equal(Window + 2, held.Count);
        Assert.False(leaving.IsDrained);
    }

    [Fact]
    public void Who_returns_from_its_own_side_hands_in_so_many_bytes_at_once()
    {
        var cluster = new SimulatedCluster(new ClusterOptions
        {
            Nodes = 4, HasVoter = true, PartitionPolicy = PartitionPolicy.Available, Detail = TraceDetail.Transcript,
        });
        cluster.Settle();
        cluster.Partition([1], [2, 3, 4, 5]);
        cluster.Run(TimeSpan.FromSeconds(8));
        AddSessions(cluster, SessionBytes);
        SimulatedProcess alone = cluster.Node(1).Process!;
        var underWay = new HashSet<SessionId>();
        (int most, int handedIn) = (0, 0);
        cluster.Overheard = (sender, envelope) =>
        {
            if (sender == alone && envelope.Message is HandIn offered)
            {
                handedIn += underWay.Add(offered.Session) ? 1 : 0;
                most = Math.Max(most, underWay.Count);
            }
            else if (envelope.To == alone.Member && envelope.Message is HandedIn { Verdict: HandInVerdict.Taken } taken)
            {
                underWay.Remove(taken.Session);
            }
        };
        cluster.Heal();
        cluster.Settle();
        cluster.Overheard = null;

        Assert.Equal(Sessions, handedIn);
        Assert.InRange(most, 2, Window + 1);
    }

    /// <summary>
    /// More than a connection lets wait would end the new one as well, before any of it is on its way, and so for ever.
    /// </summary>
    [Fact]
    public void Who_is_connected_again_is_sent_so_many_bytes_at_once_of_what_it_owes()
    {
        SimulatedCluster cluster = ClusterWithLargeSessions();
        SimulatedProcess primary = cluster.Node(1).Process!;
        SimulatedProcess holder = cluster.Node(2).Process!;
        SessionHistory[] shared =
        [
            .. cluster.History.Sessions.Where(
                session => primary.Machine.PlacementOf(session.Id)!.Holders.Contains(holder.Member)),
        ];
        Assert.True(shared.Length > Window + 1);

        cluster.Cut(from: 1, to: 2);
        int answered = 0;
        foreach (SessionHistory session in shared)
        {
            Change(cluster, session, SessionBytes, () => answered++);
        }

        var atOnce = new Dictionary<Instant, int>();
        cluster.Overheard = (sender, envelope) =>
        {
            if (sender == primary && envelope.To == holder.Member
                && envelope.Message is Replicate { Payload.Full: not null })
            {
                atOnce[primary.Now] = atOnce.GetValueOrDefault(primary.Now) + 1;
            }
        };
        cluster.BreakConnection(1, 2);
        cluster.Heal();
        cluster.RunUntil(() => answered == shared.Length, TimeSpan.FromSeconds(2), "answers");
        cluster.Overheard = null;

        Assert.True(atOnce.Values.Sum() >= shared.Length);
        Assert.InRange(atOnce.Values.Max(), 2, Window + 1);
        cluster.Settle();
    }

    private static SimulatedCluster ClusterWithLargeSessions()
    {
        var cluster = new SimulatedCluster(nodes: 4);
        cluster.Settle();
        AddSessions(cluster, SessionBytes);
        return cluster;
    }

    private static void AddSessions(SimulatedCluster cluster, int bytes)
    {
        foreach (int number in Enumerable.Range(0, Sessions))
        {
            cluster.On(node: 1, session: NameOf(number)).Commit("cart", new string('x', bytes));
        }
    }

    private static void Change(SimulatedCluster cluster, SessionHistory session, int bytes, Action answered)
    {
        var write = new WriteRecord(cluster.History.NextNumber(), [new KeyWrite("cart", HasBody: false)]);
        byte[] value = WorkloadValue.Of(write.Number, new string('y', bytes));
        cluster.Node(1).Process!.Ask(new CommitRequest(
            session, write, SessionDelta.Setting("cart", value), creates: false,
            answer =>
            {
                if (answer?.Result == CommitResult.Committed)
                {
                    answered();
                }
            }));
    }

    private static string NameOf(int session) => string.Create(CultureInfo.InvariantCulture, $"s{session}");
}
