using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.Transport;

/// <summary>What strangers, wrong peers and bad networks can do: nothing but end their own connection.</summary>
public sealed class AttackTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_peer_without_the_secret_is_refused()
    {
        await using TestPair pair =
            await TestPair.Direct(second: settings => settings with { Secret = "another"u8.ToArray() }).StartAsync();

        await RefusedAsync(pair.First, pair.Second, "it does not know the secret of the cluster");
    }

    [Fact]
    public async Task A_peer_of_another_cluster_is_refused_and_both_say_so()
    {
        await using TestPair pair =
            await TestPair.Direct(second: settings => settings with { Cluster = "staging" }).StartAsync();

        await RefusedAsync(pair.First, pair.Second, "it belongs to the cluster 'staging', this node to 'tests'");
        await pair.Second.Logs.LineAsync("it belongs to the cluster 'tests', this node to 'staging'");
    }

    [Fact]
    public async Task A_peer_that_is_not_configured_is_refused()
    {
        await using TestPair pair = await TestPair
            .Direct(second: settings => settings with { Self = new Member(new NodeId("node9"), 1) }).StartAsync();

        await RefusedAsync(
            pair.First, pair.Second, "it calls itself 'node9', which is not among the peers of this node");
        await pair.First.Logs.LineAsync("'node9' answers where 'node2' should");
    }

    [Fact]
    public async Task A_peer_with_this_nodes_own_name_is_refused()
    {
        await using TestPair pair = await TestPair
            .Direct(second: settings => settings with { Self = new Member(new NodeId("node1"), 5) }).StartAsync();

        await RefusedAsync(pair.First, pair.Second, "it has this node's own name 'node1'");
    }

    [Fact]
    public async Task A_peer_of_another_wire_version_is_refused_and_learns_ours()
    {
        await using TestMember member = await AloneAsync();
        byte[] hello = new HandshakeHello(
            99, "tests", new Member(new NodeId("node2"), 1), MemberRole.Node, member.Settings.Times)
            .ToBytes(new byte[HandshakeHello.NonceBytes]);
        byte[] answer = await SayAsync(member, WithLength(hello));

        Assert.Equal(MessageCodec.WireVersion, answer[2 + 4]);
        await member.Logs.LineAsync($"it speaks wire version 99, this node speaks {MessageCodec.WireVersion}");
        Assert.DoesNotContain(member.Sink.All, static input => input is LinkUp);
    }

    [Theory]
    [InlineData("474554202f20485454502f312e310d0a0d0a")]
    [InlineData("0000")]
    [InlineData("000453434c5501")]
    [InlineData("ffffffffffffffff")]
    public async Task A_stranger_is_refused_and_learns_nothing(string hex)
    {
        await using TestMember member = await AloneAsync();

        Assert.Empty(await SayAsync(member, Convert.FromHexString(hex)));
        await member.Logs.LineAsync("it does not speak the protocol of the cluster");
        Assert.DoesNotContain(member.Sink.All, static input => input is LinkUp);
    }

    [Fact]
    public async Task A_stranger_who_says_nothing_is_closed_in_time()
    {
        await using TestMember member =
            await AloneAsync(settings => settings with { HandshakeTimeout = TimeSpan.FromMilliseconds(100) });

        Assert.Empty(await SayAsync(member, []));
    }

    [Fact]
    public async Task More_strangers_than_may_wait_are_closed_at_once()
    {
        await using TestMember member = await AloneAsync(
            settings => settings with { UnauthenticatedMaximum = 1, HandshakeTimeout = Patience });
        using Socket waiting = await DialAsync(member);

        // The one that waits must have been accepted before the next one comes.
        while (!member.Logs.Containing("too many connections").Any())
        {
            Assert.Empty(await SayAsync(member, []));
        }
    }

    [Fact]
    public async Task Refusals_of_one_host_are_logged_once()
    {
        await using TestMember member = await AloneAsync();
        for (int time = 0; time < 5; time++)
        {
            await SayAsync(member, [0, 1, 0]);
        }

        Assert.Single(member.Logs.Containing("it does not speak the protocol of the cluster"));
    }

    [Fact]
    public async Task Recorded_bytes_are_refused_on_another_connection()
    {
        await using TestPair pair = await TestPair.Tapped().ConnectAsync();
        pair.First.Send(pair.Second.Self, 1);
        await pair.Second.MessageAsync(1);

        await SayAsync(pair.Second, pair.Tap.Recorded());

        await pair.Second.Logs.LineAsync("it does not know the secret of the cluster");
        Assert.Single(pair.Second.Sink.All.OfType<LinkUp>());
        Assert.Single(pair.Second.Sink.All.OfType<PeerMessage>());
    }

    [Theory]
    [InlineData("flipped", "it is not what the peer has sealed")]
    [InlineData("repeated", "it is not what the peer has sealed")]
    [InlineData("cut short", "it is not what the peer has sealed")]
    [InlineData("oversized", "its length is impossible")]
    [InlineData("negative", "its length is impossible")]
    [InlineData("empty", "its length is impossible")]
    public async Task A_damaged_frame_ends_its_connection_and_changes_nothing(string damage, string flaw)
    {
        await using TestPair pair = await TestPair.Tapped(NoKeepAlive, NoKeepAlive).ConnectAsync();
        pair.First.Send(pair.Second.Self, 1);
        await pair.Second.MessageAsync(1);

        pair.Tap.ChangeNext(frame => Damage(damage, frame));
        pair.First.Send(pair.Second.Self, 2);

        await pair.Second.DownAsync(pair.First.Self);
        await pair.Second.Logs.LineAsync($"Closed the link to node1#1 because of a frame: {flaw}");
        await pair.Second.UpAsync(pair.First.Self);
        Assert.Equal(damage == "repeated" ? 1 : 0, pair.Second.Sink.All.Count(static input => IsNumber(input, 2)));
    }

    [Fact]
    public async Task A_cut_link_is_closed_after_silence_and_comes_back_when_mended()
    {
        // Longer than a processor that other tests keep busy may let this one wait.
        static TransportSettings Impatient(TransportSettings settings) => settings with
        {
            KeepAliveInterval = TimeSpan.FromMilliseconds(100),
            SilenceMaximum = TimeSpan.FromSeconds(6),
            HandshakeTimeout = TimeSpan.FromMilliseconds(500),
        };

        await using TestPair pair = await TestPair.Tapped(Impatient, Impatient).ConnectAsync();
        using var patience = new CancellationTokenSource(Patience);
        await pair.Tap.PassAsync(30, patience.Token);

        Assert.Empty(pair.First.Sink.All.OfType<LinkDown>());
        pair.Tap.Cut();
        await Task.WhenAll(pair.First.DownAsync(pair.Second.Self), pair.Second.DownAsync(pair.First.Self));
        Assert.DoesNotContain(pair.First.Sink.All, static input => input is DialRefused);

        pair.Tap.Mend();
        await Task.WhenAll(pair.First.UpAsync(pair.Second.Self), pair.Second.UpAsync(pair.First.Self));
    }

    private static TransportSettings NoKeepAlive(TransportSettings settings) =>
        settings with { KeepAliveInterval = TimeSpan.FromMinutes(1) };

    private static bool IsNumber(Input input, long number) =>
        input is PeerMessage { Message: MapDigestsRequest request } && request.Request == number;

    private static byte[] Damage(string damage, byte[] frame) => damage switch
    {
        "flipped" => [.. frame[..^1], (byte)(frame[^1] ^ 1)],
        "repeated" => [.. frame, .. frame],
        "cut short" => [.. Length(frame.Length - 5), .. frame[4..^1]],
        "oversized" => [.. Length(FrameFormat.LengthMaximum + 1), .. frame[4..]],
        "negative" => [.. Length(-1), .. frame[4..]],
        _ => Length(0),
    };

    private static byte[] Length(int length)
    {
        byte[] bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        return bytes;
    }

    private static byte[] WithLength(byte[] message) => [(byte)(message.Length >> 8), (byte)message.Length, .. message];

    private static async Task RefusedAsync(TestMember one, TestMember other, string reason)
    {
        await one.Logs.LineAsync($"Refused the connection with 127.0.0.1: {reason}");
        Assert.DoesNotContain(one.Sink.All, static input => input is LinkUp or PeerMessage);
        Assert.DoesNotContain(other.Sink.All, static input => input is LinkUp or PeerMessage);
        Assert.Single(one.Logs.Containing(reason));
    }

    private static async Task<TestMember> AloneAsync(Func<TransportSettings, TransportSettings>? change = null)
    {
        var member = new TestMember(
            "node1", 0,
            settings => (change ?? (same => same))(
                settings with { Peers = TestMember.Peers(("node2", FreePorts.Next())) }));
        await member.StartAsync();
        return member;
    }

    private static async Task<Socket> DialAsync(TestMember member)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, member.Transport.LocalEndPoint!.Port));
        return socket;
    }

    /// <summary>Says something to a member, and hears what it answers until it closes the connection.</summary>
    private static async Task<byte[]> SayAsync(TestMember member, byte[] bytes)
    {
        using var patience = new CancellationTokenSource(Patience);
        var heard = new List<byte>();
        byte[] buffer = new byte[1024];
        try
        {
            using Socket socket = await DialAsync(member);
            await socket.SendAsync(bytes.AsMemory(), patience.Token);
            int length;
            while ((length = await socket.ReceiveAsync(buffer.AsMemory(), patience.Token)) > 0)
            {
                heard.AddRange(buffer[..length]);
            }
        }
        catch (SocketException)
        {
            // Closed while something was still under way.
        }

        return [.. heard];
    }
}
