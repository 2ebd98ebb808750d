using System.Buffers;
using BenchmarkDotNet.Attributes;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Benchmarks.Micro;

/// <summary>Messages to bytes and back, and frames sealed and opened.</summary>
[MemoryDiagnoser]
public class WireBenchmarks : IDisposable
{
    private const int ValueBytes = 1024;

    private static readonly SessionId Session = new(new byte[SessionId.Length]);
    private static readonly HolderVersion Version = new(3, 200);
    private const long Work = 2_000_000;

    private readonly ArrayBufferWriter<byte> _bytes = new(4096);
    private readonly ArrayBufferWriter<byte> _frame = new(4096);
    private readonly WireCache _cache = new(recycles: true);
    private readonly byte[] _plain = new byte[4096];
    private readonly Replicate _replicate = new(
        Session,
        Version,
        199,
        new ReplicatePayload(SessionDelta.Setting("v", new byte[ValueBytes]), null),
        TimeSpan.Zero,
        null)
    {
        Work = Work,
    };

    private readonly Replicated _replicated = new(Work, Version);
    private byte[] _encoded = [];
    private byte[] _acknowledgement = [];
    private FrameSealer _sealer = null!;
    private FrameOpener _opener = null!;

    /// <summary>Makes what is read, and the keys.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _encoded = [.. Encode(_replicate)];
        _acknowledgement = [.. Encode(_replicated)];
        _sealer = new FrameSealer(new byte[32]);
        _opener = new FrameOpener(new byte[32]);
    }

    /// <summary>Forgets the keys.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _sealer.Dispose();
        _opener.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A commit to bytes.</summary>
    [Benchmark(Description = "write a commit of 1 KiB")]
    public int Write() => Encode(_replicate).Length;

    /// <summary>A commit from bytes, the value included, which is kept.</summary>
    [Benchmark(Description = "read a commit of 1 KiB, its value included")]
    public object Read() => Decode(_encoded);

    /// <summary>An acknowledgement to bytes.</summary>
    [Benchmark(Description = "write an acknowledgement")]
    public int WriteAcknowledgement() => Encode(_replicated).Length;

    /// <summary>An acknowledgement from bytes.</summary>
    [Benchmark(Description = "read an acknowledgement")]
    public object ReadAcknowledgement() => Decode(_acknowledgement);

    /// <summary>A frame through both ends of a connection.</summary>
    [Benchmark(Description = "seal and open a frame of one commit")]
    public bool SealAndOpen()
    {
        _frame.ResetWrittenCount();
        _sealer.Seal(_encoded, _frame);
        return _opener.TryOpen(_frame.WrittenSpan[FrameFormat.HeaderBytes..], _plain.AsSpan(0, _encoded.Length))
            ? true
            : throw new InvalidOperationException("What was sealed does not open.");
    }

    private ReadOnlySpan<byte> Encode(Message message)
    {
        _bytes.ResetWrittenCount();
        MessageCodec.Write(message, _bytes);
        return _bytes.WrittenSpan;
    }

    private Message Decode(byte[] bytes) =>
        MessageCodec.ReadExactly(bytes, _cache, out Message? message) == WireError.None
            ? message!
            : throw new InvalidOperationException("What was written cannot be read.");
}
