using System.Buffers;
using BenchmarkDotNet.Attributes;
using SessionCluster.Replication;

namespace SessionCluster.Benchmarks.Micro;

/// <summary>
/// The primary's side of a commit alone. The backup's acknowledgements are made beforehand, as none of them is the
/// primary's to make.
/// </summary>
[MemoryDiagnoser]
public class PrimaryBenchmarks
{
    private const int Commits = 10_000;
    private const int ValueBytes = 1024;

    private readonly byte[] _value = new byte[ValueBytes];
    private readonly byte[][] _acknowledgements = new byte[Commits][];
    private readonly WireCache _cache = new(recycles: true);
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private TwoMachines _machines = null!;

    /// <summary>Makes the cluster, and the backup's half of the commits to come.</summary>
    [IterationSetup]
    public void Setup()
    {
        _machines = new TwoMachines(_value);
        var first = (Replicate)_machines.Commit(_value);
        HolderVersion latest = first.Version;
        _machines.Acknowledge(new Replicated(first.Work, latest));
        for (int commit = 0; commit < Commits; commit++)
        {
            var version = new HolderVersion(latest.Counter, latest.Sequence + 1 + commit);
            _bytes.ResetWrittenCount();
            MessageCodec.Write(new Replicated(first.Work + 1 + commit, version), _bytes);
            _acknowledgements[commit] = _bytes.WrittenSpan.ToArray();
        }
    }

    /// <summary>Takes the request's change, writes the message, reads the acknowledgement and answers.</summary>
    [Benchmark(Description = "commit of 1 KiB, primary", OperationsPerInvoke = Commits)]
    public void Primary()
    {
        foreach (byte[] acknowledgement in _acknowledgements)
        {
            _bytes.ResetWrittenCount();
            MessageCodec.Write(_machines.Commit(_value), _bytes);
            _ = MessageCodec.ReadExactly(acknowledgement, _cache, out Message? replicated);
            _machines.Acknowledge(replicated!);
        }
    }
}
