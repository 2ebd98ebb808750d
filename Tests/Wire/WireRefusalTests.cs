using SessionCluster.Replication;

namespace SessionCluster.Tests.Wire;

/// <summary>What a sender does not write, and a receiver does not take.</summary>
public sealed class WireRefusalTests
{
    private static readonly SessionId Session = new(new byte[SessionId.Length]);
    private static readonly SessionVersion Version = new(new Epoch(3, new NodeId("node1")), 200);

    [Fact]
    public void A_value_beyond_the_limit_is_refused_by_the_sender()
    {
        var message = new ForwardCommit(
            1, Session, SessionDelta.Setting("key", new byte[WireLimits.ValueBytes + 1]), Removes: false, Instant.Zero);

        Assert.Throws<WireLimitException>(() => Codec.Write(message));
    }

    [Fact]
    public void A_message_of_more_than_the_greatest_size_is_refused_by_the_sender()
    {
        SessionValue[] values =
        [
            .. Enumerable.Range(0, 3).Select(
                static number => new SessionValue($"{number}", new byte[WireLimits.ValueBytes])),
        ];
        var message = new HandOver(1, Session, default, default, 1, SessionState.From(values), TimeSpan.Zero);

        Assert.Throws<WireLimitException>(() => Codec.Write(message));
    }

    [Fact]
    public void A_key_beyond_the_limit_is_refused_on_both_sides()
    {
        Assert.Throws<WireLimitException>(() => Codec.Write(Setting(new string('k', WireLimits.KeyLength + 1))));

        byte[] longest = Codec.Write(Setting(new string('k', WireLimits.KeyLength)));
        int header = Array.IndexOf(longest, (byte)'k') - 2;
        Assert.Equal([0x80, 0x10], longest[header..(header + 2)]);
        longest[header] = 0x82;
        Assert.Equal(WireError.LimitExceeded, Codec.Refuse(longest));
    }

    [Fact]
    public void A_key_that_occurs_twice_is_refused()
    {
        Assert.Equal(WireError.BadOrder, Codec.Refuse(Codec.Write(Forward(
            [new SessionValue("a", []), new SessionValue("a", [1])], []))));
        Assert.Equal(WireError.BadOrder, Codec.Refuse(Codec.Write(Forward([new SessionValue("a", [])], ["a"]))));
        Assert.Equal(WireError.BadOrder, Codec.Refuse(Codec.Write(Forward([], ["a", "b", "a"]))));

        SessionValue[] many = [.. Enumerable.Range(0, 20).Select(number => new SessionValue($"key{number % 19}", []))];
        Assert.Equal(WireError.BadOrder, Codec.Refuse(Codec.Write(Forward(many, []))));
    }

    [Fact]
    public void A_state_whose_keys_are_out_of_order_is_refused()
    {
        byte[] bytes = Codec.Write(new HandOver(
            1, Session, default, default, 1,
            SessionState.From([new SessionValue("kA", []), new SessionValue("kB", [])]), TimeSpan.Zero));
        bytes[Array.IndexOf(bytes, (byte)'B')] = (byte)'A';
        Assert.Equal(WireError.BadOrder, Codec.Refuse(bytes));
    }

    [Theory]
    [InlineData("3301010100" + "0000000000000000", WireError.BadNumber)]
    [InlineData("33010101" + "8020" + "0100000000000000", WireError.LimitExceeded)]
    [InlineData("33010102" + "ff1f" + "0100000000000000" + "00" + "0100000000000000", WireError.LimitExceeded)]
    public void A_digest_of_0_or_beyond_the_last_bucket_is_refused(string hex, WireError expected) =>
        Assert.Equal(expected, Codec.Refuse(Convert.FromHexString(hex)));

    [Fact]
    public void A_holder_that_occurs_twice_is_refused()
    {
        var twice = new Member(new NodeId("node1"), 1);
        var message = new Moved(Session, new Configuration(1, new Placement([twice, twice])));
        Assert.Equal(WireError.BadOrder, Codec.Refuse(Codec.Write(message)));
    }

    [Fact]
    public void A_name_with_a_character_that_names_lack_is_refused()
    {
        byte[] bytes = Codec.Write(new ForwardedCommit(1, CommitResult.Committed, Version));
        bytes[Array.IndexOf(bytes, (byte)'n')] = (byte)'/';
        Assert.Equal(WireError.BadName, Codec.Refuse(bytes));
    }

    [Fact]
    public void A_number_in_a_longer_form_than_needed_is_refused() =>
        Assert.Equal(WireError.BadNumber, Codec.Refuse([0x32, 0x80, 0x00]));

    [Fact]
    public void A_number_of_more_than_63_bits_is_refused() =>
        Assert.Equal(WireError.BadNumber, Codec.Refuse([0x32, .. Enumerable.Repeat((byte)0xFF, 9), 0x01]));

    [Fact]
    public void Unknown_kinds_are_refused()
    {
        HashSet<byte> known = [.. Samples.All.Values.Select(static message => Codec.Write(message)[0])];
        for (int kind = 0; kind <= byte.MaxValue; kind++)
        {
            if (!known.Contains((byte)kind))
            {
                Assert.Equal(WireError.UnknownKind, Codec.Refuse([(byte)kind]));
            }
        }
    }

    private static Replicate Setting(string key) => new(
        Session, new HolderVersion(3, 200), 199, new ReplicatePayload(SessionDelta.Setting(key, [1]), null),
        TimeSpan.Zero, null);

    private static ForwardCommit Forward(SessionValue[] set, string[] removed) =>
        new(1, Session, new SessionDelta(set, removed), Removes: false, Instant.Zero);
}
