using System.Buffers.Binary;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.Transport;

public sealed class HandshakeTests
{
    private static readonly HandshakeHello Hello =
        new(MessageCodec.WireVersion, "tests", new Member(new NodeId("node1"), 17), MemberRole.Voter,
            new MemberTimes(TimeSpan.FromMilliseconds(1250), TimeSpan.FromSeconds(6.25)));

    private static readonly byte[] Nonce = new byte[HandshakeHello.NonceBytes];

    [Fact]
    public void A_hello_comes_back_as_it_was()
    {
        Assert.Equal(HandshakeRefusal.None, HandshakeHello.TryRead(Hello.ToBytes(Nonce), out HandshakeHello? read));
        Assert.Equal(Hello, read);
    }

    [Fact]
    public void A_hello_of_the_greatest_size_fits_its_bound()
    {
        var longest = new HandshakeHello(
            MessageCodec.WireVersion, new string('c', HandshakeHello.ClusterBytesMaximum),
            new Member(new NodeId(new string('n', NodeId.MaximumLength)), long.MaxValue), MemberRole.Node,
            new MemberTimes(TimeSpan.FromDays(1), TimeSpan.FromDays(1)));

        Assert.Equal(HandshakeHello.BytesMaximum, longest.ToBytes(Nonce).Length);
        Assert.Equal(HandshakeRefusal.None, HandshakeHello.TryRead(longest.ToBytes(Nonce), out HandshakeHello? read));
        Assert.Equal(longest, read);
    }

    [Fact]
    public void A_part_of_a_millisecond_is_rounded_up()
    {
        HandshakeHello fine = Hello with
        {
            Times = new MemberTimes(TimeSpan.FromTicks(TimeSpan.TicksPerSecond + 1), TimeSpan.FromSeconds(5)),
        };

        Assert.Equal(HandshakeRefusal.None, HandshakeHello.TryRead(fine.ToBytes(Nonce), out HandshakeHello? read));
        Assert.Equal(TimeSpan.FromMilliseconds(1001), read!.Times.SuspectAfter);
    }

    [Theory]
    [InlineData(46, 0u)]
    [InlineData(46, 86_400_001u)]
    [InlineData(50, 0u)]
    [InlineData(50, uint.MaxValue)]
    public void A_time_that_is_none_is_refused(int place, uint milliseconds)
    {
        byte[] bytes = Hello.ToBytes(Nonce);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(place), milliseconds);

        Assert.Equal(HandshakeRefusal.Malformed, HandshakeHello.TryRead(bytes, out _));
    }

    [Fact]
    public void Every_truncated_or_longer_hello_is_refused()
    {
        byte[] bytes = Hello.ToBytes(Nonce);
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.NotEqual(HandshakeRefusal.None, HandshakeHello.TryRead(bytes.AsSpan(0, length), out _));
        }

        Assert.NotEqual(HandshakeRefusal.None, HandshakeHello.TryRead([.. bytes, 0], out _));
    }

    [Fact]
    public void Random_hellos_never_throw()
    {
        var random = new Random(1);
        byte[] hello = Hello.ToBytes(Nonce);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = [.. hello];
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            bytes[random.Next(5, bytes.Length)] = (byte)random.Next(256);
            HandshakeHello.TryRead(bytes, out _);
        }
    }

    [Fact]
    public void Proofs_and_keys_are_different_for_each_end_and_each_connection()
    {
        byte[] secret = [1, 2, 3];
        HandshakeSecrets[] connections =
        [
            new(secret, dialing: [1], listening: [2]),
            new(secret, dialing: [2], listening: [1]),
            new(secret, dialing: [1], listening: [3]),
            new(secret, dialing: [1, 2], listening: []),
            new([1, 2, 4], dialing: [1], listening: [2]),
        ];

        string[] all =
        [
            .. connections.SelectMany(static connection => (byte[][])
            [
                connection.Proof(ofDialing: true), connection.Proof(ofDialing: false),
                connection.FrameKey(ofDialing: true), connection.FrameKey(ofDialing: false),
            ]).Select(Convert.ToHexString),
        ];
        Assert.Equal(all.Length, all.Distinct().Count());
    }

    [Fact]
    public void A_proof_counts_for_its_own_end_only()
    {
        var secrets = new HandshakeSecrets([1], dialing: [1], listening: [2]);

        Assert.True(secrets.IsProof(secrets.Proof(ofDialing: true), ofDialing: true));
        Assert.False(secrets.IsProof(secrets.Proof(ofDialing: true), ofDialing: false));
        Assert.False(secrets.IsProof([], ofDialing: true));
    }
}
