using System.Buffers;
using System.Buffers.Binary;
using SessionCluster.Replication;

namespace SessionCluster.Tests.Wire;

/// <summary>What messages cost, in bytes sent and in bytes allocated.</summary>
public sealed class WireCostTests
{
    private const int Rounds = 20_000;

    /// <summary>What a primary calls its work after two million of it.</summary>
    private const long Work = 2_000_000;

    private static readonly SessionId Session = new(new byte[SessionId.Length]);
    private static readonly HolderVersion Version = new(3, 200);

    [Fact]
    public void A_commit_of_one_key_costs_at_most_54_bytes_beside_it_both_ways()
    {
        byte[] value = new byte[100];
        int there = Codec.Write(new Replicate(
            Session, Version, 199, new ReplicatePayload(SessionDelta.Setting("basket", value), null),
            TimeSpan.Zero, null)
        {
            Work = Work,
        }).Length;
        int back = Codec.Write(new Replicated(Work, Version)).Length;

        Assert.InRange(there + back - value.Length - "basket".Length, 0, 54);
    }

    [Fact]
    public void A_commit_allocates_only_what_it_keeps()
    {
        const int Commits = 1000;
        const int MessageObjectsMaximum = 420;
        byte[] value = new byte[64];
        var message = new Replicate(
            Session, Version, 199, new ReplicatePayload(SessionDelta.Setting("basket", value), null),
            TimeSpan.Zero, null);
        var output = new ArrayBufferWriter<byte>(1024);
        var cache = new WireCache();
        MessageCodec.Write(message, output);
        MessageCodec.ReadExactly(output.WrittenSpan, cache, out _);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int commit = 0; commit < Commits; commit++)
        {
            output.ResetWrittenCount();
            MessageCodec.Write(message, output);
        }

        long written = GC.GetAllocatedBytesForCurrentThread() - before;
        before = GC.GetAllocatedBytesForCurrentThread();
        for (int commit = 0; commit < Commits; commit++)
        {
            MessageCodec.ReadExactly(output.WrittenSpan, cache, out _);
        }

        long read = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(written / Commits, 0, 1);
        Assert.InRange(read / Commits, value.Length, value.Length + MessageObjectsMaximum);
    }

    [Fact]
    public void A_placement_is_read_once_for_all_the_records_that_have_it()
    {
        LocationRecord[] records =
        [
            .. Enumerable.Range(0, RecordLocations.RecordsMaximum).Select(static number => new LocationRecord(
                SessionOf(number), new Configuration(1, new Placement([new Member(new NodeId("node1"), 1)])))),
        ];
        byte[] bytes = Codec.Write(new RecordLocations(1, 1, records));
        var read = (RecordLocations)Codec.Read(bytes);

        Assert.InRange(bytes.Length, 0, (records.Length * (SessionId.Length + 2)) + 32);
        Assert.All(
            read.Records,
            record => Assert.Same(read.Records[0].Configuration.Placement, record.Configuration.Placement));
    }

    [Fact]
    public void Keys_and_names_that_come_again_are_one_object()
    {
        var cache = new WireCache();
        byte[] bytes = Codec.Write(Setting("basket"));
        MessageCodec.ReadExactly(bytes, cache, out Message? first);
        MessageCodec.ReadExactly(bytes, cache, out Message? second);

        Assert.Same(((Replicate)first!).Payload.Delta!.Set[0].Key, ((Replicate)second!).Payload.Delta!.Set[0].Key);
        bytes = Codec.Write(
            new ForwardedCommit(1, CommitResult.Committed, new SessionVersion(new Epoch(3, new NodeId("node1")), 200)));
        MessageCodec.ReadExactly(bytes, cache, out first);
        MessageCodec.ReadExactly(bytes, cache, out second);
        Assert.Same(
            ((ForwardedCommit)first!).Version.Epoch.Node.Name, ((ForwardedCommit)second!).Version.Epoch.Node.Name);
    }

    [Theory]
    [InlineData(MessageKindOf.Touched)]
    [InlineData(MessageKindOf.MapDigests)]
    public void A_count_beyond_what_is_there_is_refused_before_a_list_is_made(byte kind)
    {
        // A varint of five bytes that claims the most that the limits allow, and nothing behind it.
        byte[] bytes = [kind, 0x01, 0x01, 0x80, 0x20];
        long before = GC.GetAllocatedBytesForCurrentThread();
        WireError error = MessageCodec.ReadExactly(bytes, new WireCache(), out _);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(WireError.Truncated, error);
        Assert.InRange(allocated, 0, 10_000);
    }

    [Fact]
    public void Damaged_messages_are_refused_without_allocating_what_they_claim()
    {
        var messages = new RandomMessages(seed: 4);
        var cache = new WireCache();
        for (int round = 0; round < Rounds; round++)
        {
            byte[] bytes = Codec.Write(messages.Next());
            for (int damage = 0; damage < 3; damage++)
            {
                bytes[messages.Below(bytes.Length)] = messages.Below(3) == 0 ? (byte)0xFF : (byte)messages.Below(256);
            }

            long before = GC.GetAllocatedBytesForCurrentThread();
            MessageCodec.ReadExactly(bytes, cache, out _);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.InRange(allocated, 0, 4096 + (32L * bytes.Length));
        }
    }

    private static SessionId SessionOf(int number)
    {
        Span<byte> bytes = stackalloc byte[SessionId.Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return new SessionId(bytes);
    }

    private static Replicate Setting(string key) => new(
        Session, Version, 199, new ReplicatePayload(SessionDelta.Setting(key, [1]), null), TimeSpan.Zero, null);

    private static class MessageKindOf
    {
        public const byte Touched = 0x14;
        public const byte MapDigests = 0x33;
    }
}
