using System.Buffers;
using System.Diagnostics;
using SessionCluster.Benchmarks.Micro;
using SessionCluster.Replication;
using Xunit;

namespace SessionCluster.Tests.Benchmarks;

/// <summary>
/// What a commit allocates beside the value, on either side. Bytes can be counted on any machine, whatever else it
/// does.
/// </summary>
public sealed class AllocationTests
{
    private const int Commits = 2_000;
    private const int ValueBytes = 1024;

    /// <summary>An array of so many bytes, with its header and its length.</summary>
    private const int ValueArrayBytes = ValueBytes + 24;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly byte[] _value = new byte[ValueBytes];
    private readonly TwoMachines _machines;
    private readonly WireCache _cache = new(recycles: true);
    private readonly ArrayBufferWriter<byte> _there = new(4096);
    private readonly ArrayBufferWriter<byte> _back = new(4096);

    public AllocationTests() => _machines = new TwoMachines(_value);

    [Fact]
    public void A_commit_allocates_little_beside_its_value()
    {
        // Code makes objects, of enumerators for example, until the compiler has optimised it, which takes it a while.
        long began = Stopwatch.GetTimestamp();
        (long Primary, long Backup) allocated;
        do
        {
            allocated = Count();
        }
        while (!IsLittle(allocated) && Stopwatch.GetElapsedTime(began) < Patience);

        Assert.True(IsLittle(allocated), $"beside the value, a commit has allocated {allocated}");
    }

    [Fact]
    public void An_outbox_that_does_not_recycle_leaves_its_messages_as_they_are()
    {
        var kept = new TwoMachines(_value, recycles: false);
        var first = (Replicate)kept.Commit(_value);
        long sequence = first.Version.Sequence;
        kept.Acknowledge(kept.Replicate(first));
        var second = (Replicate)kept.Commit(_value);
        Assert.Equal(sequence, first.Version.Sequence);
        Assert.Equal(sequence + 1, second.Version.Sequence);
    }

    [Fact]
    public void A_cache_that_recycles_reads_each_message_as_it_was_written()
    {
        var first = new Replicate(
            _machines.Session, new HolderVersion(1, 7), 5, default, TimeSpan.FromSeconds(1), null);
        var second = new Replicate(
            _machines.Session, new HolderVersion(2, 9), 8, new ReplicatePayload(null, SessionState.Empty), default,
            null);
        foreach (Replicate message in (Replicate[])[first, second, first])
        {
            Write(message, _there);
            Assert.Equal(WireError.None, MessageCodec.ReadExactly(_there.WrittenSpan, _cache, out Message? read));
            Assert.Equal(message.Version, ((Replicate)read!).Version);
            Assert.Equal(message.BaseSequence, ((Replicate)read).BaseSequence);
            Assert.Equal(message.Idle, ((Replicate)read).Idle);
            Assert.Equal(message.Payload.Full is null, ((Replicate)read).Payload.Full is null);
        }
    }

    private (long Primary, long Backup) Count()
    {
        (long primary, long backup) = (0, 0);
        for (int commit = 0; commit < Commits * 2; commit++)
        {
            if (commit == Commits)
            {
                // By now all that is used again is there.
                (primary, backup) = (0, 0);
            }

            long before = GC.GetAllocatedBytesForCurrentThread();
            Write(_machines.Commit(_value), _there);
            primary += GC.GetAllocatedBytesForCurrentThread() - before;

            before = GC.GetAllocatedBytesForCurrentThread();
            Write(_machines.Replicate(Read(_there)), _back);
            backup += GC.GetAllocatedBytesForCurrentThread() - before;

            before = GC.GetAllocatedBytesForCurrentThread();
            _machines.Acknowledge(Read(_back));
            primary += GC.GetAllocatedBytesForCurrentThread() - before;
        }

        return (primary / Commits, (backup / Commits) - ValueArrayBytes);
    }

    private static bool IsLittle((long Primary, long Backup) allocated) =>
        allocated is { Primary: > 0 and <= 300, Backup: > 0 and <= 200 };

    private static void Write(Message message, ArrayBufferWriter<byte> output)
    {
        output.ResetWrittenCount();
        MessageCodec.Write(message, output);
    }

    private Message Read(ArrayBufferWriter<byte> bytes)
    {
        _ = MessageCodec.ReadExactly(bytes.WrittenSpan, _cache, out Message? message);
        return message!;
    }
}
