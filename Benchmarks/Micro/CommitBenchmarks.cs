using System.Buffers;
using BenchmarkDotNet.Attributes;
using SessionCluster.Replication;

namespace SessionCluster.Benchmarks.Micro;

/// <summary>
/// The way of a commit through machine and codec, on each side: everything but request, encryption and network. What
/// the backup allocates includes the value itself, which it keeps.
/// </summary>
[MemoryDiagnoser]
public class CommitBenchmarks
{
    private const int ValueBytes = 1024;

    private readonly byte[] _value = new byte[ValueBytes];
    private readonly WireCache _cache = new(recycles: true);
    private readonly ArrayBufferWriter<byte> _there = new();
    private readonly ArrayBufferWriter<byte> _back = new();
    private TwoMachines _machines = null!;

    /// <summary>Makes the cluster, and its session.</summary>
    [GlobalSetup]
    public void Setup() => _machines = new TwoMachines(_value);

    /// <summary>Both sides, one after the other: from the request's commit to its answer.</summary>
    [Benchmark(Description = "commit of 1 KiB, both sides")]
    public object BothSides()
    {
        Encode(_machines.Commit(_value), _there);
        Encode(_machines.Replicate(Decode(_there)), _back);
        return _machines.Acknowledge(Decode(_back));
    }

    /// <summary>A request's session is at hand.</summary>
    [Benchmark(Description = "load on the primary")]
    public object Load() => _machines.Load();

    private static void Encode(Message message, ArrayBufferWriter<byte> output)
    {
        output.ResetWrittenCount();
        MessageCodec.Write(message, output);
    }

    private Message Decode(ArrayBufferWriter<byte> bytes) =>
        MessageCodec.ReadExactly(bytes.WrittenSpan, _cache, out Message? message) == WireError.None
            ? message!
            : throw new InvalidOperationException("What was written cannot be read.");
}
