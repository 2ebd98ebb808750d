using System.Diagnostics;
using System.Net;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Replication;

namespace SessionCluster.Tests.Transport;

/// <summary>How two members find each other, speak, and notice that the other is gone.</summary>
public sealed class LinkTests
{
    [Fact]
    public async Task Two_members_connect_and_messages_keep_their_order()
    {
        const int Count = 5000;
        await using TestPair pair = await TestPair.Direct().ConnectAsync();
        for (int number = 1; number <= Count; number++)
        {
            pair.First.Send(pair.Second.Self, number);
            pair.Second.Send(pair.First.Self, -0L + number);
        }

        await pair.Second.MessageAsync(Count);
        await pair.First.MessageAsync(Count);
        foreach (TestMember member in (TestMember[])[pair.First, pair.Second])
        {
            Assert.Equal(Enumerable.Range(1, Count).Select(static number => (long)number), Numbers(member));
            Assert.IsType<LinkUp>(member.Sink.All.First(static input => input is not DialRefused));
        }
    }

    [Fact]
    public async Task A_link_says_the_role_of_the_peer()
    {
        await using TestPair pair =
            await TestPair.Direct(second: settings => settings with { Role = MemberRole.Voter }).StartAsync();

        Assert.Equal(MemberRole.Voter, (await pair.First.UpAsync(pair.Second.Self)).Role);
    }

    [Fact]
    public async Task A_link_says_the_times_of_the_peer_and_both_warn_where_they_differ()
    {
        var slow = new MemberTimes(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(20));
        await using TestPair pair =
            await TestPair.Direct(second: settings => settings with { Times = slow }).StartAsync();

        Assert.Equal(slow, (await pair.First.UpAsync(pair.Second.Self)).Times);
        await pair.First.Logs.LineAsync("node2#1 has SuspectAfter = 00:00:04 and this member 00:00:01");
        await pair.Second.Logs.LineAsync("node1#1 has SuspectAfter = 00:00:01 and this member 00:00:04");
    }

    [Fact]
    public async Task Who_is_not_known_to_a_peer_is_told_that_it_is_not_accepted()
    {
        await using TestPair pair =
            await TestPair.Direct(second: static settings => settings with
            {
                Peers = new Dictionary<NodeId, DnsEndPoint>(),
            }).StartAsync();

        await pair.First.Sink.NextAsync<DialRejected>(rejected => rejected.Peer == pair.Second.Self.Node);
    }

    [Fact]
    public async Task Both_dial_at_once_and_exactly_one_link_stays()
    {
        const int Rounds = 20;
        for (int round = 0; round < Rounds; round++)
        {
            await using TestPair pair = await TestPair.CrossingAsync();
            await Task.WhenAll(pair.First.UpAsync(pair.Second.Self), pair.Second.UpAsync(pair.First.Self));

            // Enough traffic for a second link to show itself, if there were one.
            for (int number = 1; number <= 50; number++)
            {
                pair.First.Send(pair.Second.Self, number);
                await pair.Second.MessageAsync(number);
                pair.Second.Send(pair.First.Self, number);
                await pair.First.MessageAsync(number);
            }

            Assert.Single(pair.First.Sink.All.OfType<LinkUp>());
            Assert.Single(pair.Second.Sink.All.OfType<LinkUp>());
            Assert.Empty(pair.First.Sink.All.OfType<LinkDown>());
            Assert.Empty(pair.Second.Sink.All.OfType<LinkDown>());
        }
    }

    [Fact]
    public async Task Three_members_make_three_links()
    {
        int[] ports = [FreePorts.Next(), FreePorts.Next(), FreePorts.Next()];
        (string Name, int Port)[] all = [("a", ports[0]), ("b", ports[1]), ("c", ports[2])];
        TestMember[] members =
        [
            .. all.Select(self => new TestMember(
                self.Name, self.Port,
                settings => settings with { Peers = TestMember.Peers([.. all.Where(peer => peer != self)]) })),
        ];
        await Task.WhenAll(members.Select(static member => member.StartAsync()));
        foreach (TestMember member in members)
        {
            HashSet<Member> met = [];
            while (met.Count < 2)
            {
                met.Add((await member.Sink.NextAsync<LinkUp>()).Peer);
            }
        }

        foreach (TestMember member in members)
        {
            await member.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_member_that_is_gone_is_proven_dead_in_milliseconds()
    {
        TimeSpan limit = TimeSpan.FromMilliseconds(500);
        await using TestPair pair = await TestPair.Direct().ConnectAsync();
        await pair.Second.DisposeAsync();
        long closed = Stopwatch.GetTimestamp();

        await pair.First.DownAsync(pair.Second.Self);
        await pair.First.Sink.NextAsync<DialRefused>(refused => refused.Peer == pair.Second.Self.Node);
        Assert.InRange(Stopwatch.GetElapsedTime(closed), TimeSpan.Zero, limit);
    }

    [Fact]
    public async Task A_restarted_member_is_met_again_as_another_process()
    {
        await using TestPair pair = await TestPair.Direct().ConnectAsync();
        await pair.Second.DisposeAsync();
        await pair.First.DownAsync(pair.Second.Self);

        await using var restarted = new TestMember(
            "node2", pair.Second.Settings.Listen.Port,
            settings => settings with
            {
                Self = new Member(new NodeId("node2"), 2),
                Peers = pair.Second.Settings.Peers,
            });
        await restarted.StartAsync();
        await pair.First.UpAsync(restarted.Self);
        await restarted.UpAsync(pair.First.Self);

        pair.First.Send(pair.Second.Self, 1);
        pair.First.Send(restarted.Self, 2);
        await restarted.MessageAsync(2);
        Assert.Equal([2], Numbers(restarted));
    }

    [Fact]
    public async Task A_new_process_of_the_same_name_takes_the_place_of_one_that_still_speaks()
    {
        await using TestPair pair = await TestPair.Direct().ConnectAsync();
        await using var younger = new TestMember(
            "node2", FreePorts.Next(),
            settings => settings with
            {
                Self = new Member(new NodeId("node2"), 2),
                Peers = pair.Second.Settings.Peers,
            });
        pair.First.Sink.Block<LinkDown>();
        await younger.StartAsync();
        await younger.UpAsync(pair.First.Self);
        await pair.First.Sink.WaitsAsync();
        Assert.DoesNotContain(new LinkUp(younger.Self, MemberRole.Node, younger.Settings.Times), pair.First.Sink.All);

        pair.First.Sink.Unblock();
        await pair.First.UpAsync(younger.Self);
        await pair.Second.DownAsync(pair.First.Self);
        Input[] links = [.. pair.First.Sink.All.Where(static input => input is LinkUp or LinkDown)];
        Assert.Equal(
            [
                new LinkUp(pair.Second.Self, MemberRole.Node, pair.Second.Settings.Times), new LinkDown(pair.Second.Self),
                new LinkUp(younger.Self, MemberRole.Node, younger.Settings.Times),
            ],
            links);
        await pair.First.Logs.LineAsync("Link to node2#1 has ended: Replaced");
        await pair.First.Logs.LineAsync("it is an older process of 'node2' than the one that is connected");
    }

    /// <summary>
    /// Where the older of two processes with one name has the smaller name of the two ends, it is told so only when the
    /// link stands for it, by its end.
    /// </summary>
    [Fact]
    public async Task Who_is_not_wanted_dials_less_and_less_and_says_so_once()
    {
        await using TestPair pair = await TestPair.Direct().ConnectAsync();
        await using var younger = new TestMember(
            "node1", FreePorts.Next(),
            settings => settings with
            {
                Self = new Member(new NodeId("node1"), 2),
                Peers = pair.First.Settings.Peers,
            });
        await younger.StartAsync();
        await pair.Second.UpAsync(younger.Self);

        await pair.First.Logs.LineAsync("node2 ends each link as soon as it is up");
        Assert.InRange(pair.First.Logs.Containing("Link to node2#1 is up").Count(), 2, 8);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        await using TestPair pair = await TestPair.Direct().ConnectAsync();
        await using var late = new TestMember("node3", pair.First.Settings.Listen.Port);
        IOException refused = await Assert.ThrowsAsync<IOException>(late.StartAsync);
        Assert.Contains($"127.0.0.1:{pair.First.Settings.Listen.Port} (Replication:Port", refused.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_queued_before_a_stop_arrives()
    {
        const int Count = 2000;
        await using TestPair pair = await TestPair.Direct().ConnectAsync();
        pair.First.Send(pair.Second.Self, Enumerable.Range(1, Count).Select(static number => (long)number));
        pair.First.Transport.Enqueue(pair.Second.Self, new Farewell());
        await pair.First.Transport.StopAsync(CancellationToken.None);

        await pair.Second.Sink.NextAsync<PeerMessage>(static input => input.Message is Farewell);
        Assert.Equal(Count, Numbers(pair.Second).Count());
        await pair.Second.DownAsync(pair.First.Self);
    }

    [Fact]
    public async Task A_large_state_arrives_whole()
    {
        byte[] value = new byte[WireLimits.ValueBytes];
        Random.Shared.NextBytes(value);
        await using TestPair pair = await TestPair.Direct().ConnectAsync();
        pair.First.Transport.Enqueue(
            pair.Second.Self,
            new ForwardCommit(1, default, SessionDelta.Setting("key", value), Removes: false, Instant.Zero));
        pair.First.Transport.Flush();

        var received = (ForwardCommit)(await pair.Second.Sink.NextAsync<PeerMessage>()).Message;
        Assert.Equal(value, received.Delta.Set[0].Bytes);
    }

    [Fact]
    public async Task A_message_that_nobody_would_take_is_dropped_alone()
    {
        await using TestPair pair = await TestPair.Direct().ConnectAsync();
        pair.First.Transport.Enqueue(pair.Second.Self, new ForwardCommit(
            1, default, SessionDelta.Setting(new string('k', WireLimits.KeyLength + 1), []), Removes: false,
            Instant.Zero));
        pair.First.Send(pair.Second.Self, 7);

        await pair.Second.MessageAsync(7);
        await pair.First.Logs.LineAsync("Dropped a message of kind ForwardCommit");
        Assert.Empty(pair.First.Sink.All.OfType<LinkDown>());
    }

    [Fact]
    public async Task A_peer_that_takes_nothing_is_disconnected_and_comes_back()
    {
        await using TestPair pair =
            await TestPair.Direct(settings => settings with { QueuedBytesMaximum = 1024 * 1024 }).ConnectAsync();
        pair.Second.Sink.Block<PeerMessage>();
        SessionDelta delta = SessionDelta.Setting("key", new byte[64 * 1024]);

        // More than both ends' buffers and the queue can hold.
        for (int number = 0; number < 1000 && !pair.First.Logs.Containing("waited to be sent").Any(); number++)
        {
            pair.First.Transport.Enqueue(
                pair.Second.Self, new ForwardCommit(number, default, delta, Removes: false, Instant.Zero));
            pair.First.Transport.Flush();
        }

        await pair.First.Logs.LineAsync("more than 1048576 bytes waited to be sent to it");
        await pair.First.DownAsync(pair.Second.Self);
        pair.Second.Sink.Unblock();
        await pair.First.UpAsync(pair.Second.Self);
    }

    private static IEnumerable<long> Numbers(TestMember member) =>
        member.Sink.All.OfType<PeerMessage>().Select(static input => input.Message).OfType<MapDigestsRequest>()
            .Select(static request => request.Request);
}
