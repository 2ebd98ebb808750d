using System.Buffers;
using BenchmarkDotNet.Attributes;
using SessionCluster.Replication;

namespace SessionCluster.Benchmarks.Micro;

/// <summary>
/// The backup's side of a commit alone. A commit can be applied only once, so those of a batch are made beforehand, and
/// none of them counts.
/// </summary>
[MemoryDiagnoser]
public class BackupBenchmarks
{
    private const int Commits = 10_000;
    private const int ValueBytes = 1024;

    private readonly byte[][] _commits = new byte[Commits][];
    private readonly WireCache _cache = new(recycles: true);
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private TwoMachines _machines = null!;

    /// <summary>Makes the cluster, and the primary's half of the commits.</summary>
    [IterationSetup]
    public void Setup()
    {
        byte[] value = new byte[ValueBytes];
        _machines = new TwoMachines(value);
        for (int commit = 0; commit < Commits; commit++)
        {
            var replicate = (Replicate)_machines.Commit(value);
            _bytes.ResetWrittenCount();
            MessageCodec.Write(replicate, _bytes);
            _commits[commit] = _bytes.WrittenSpan.ToArray();
            _machines.Acknowledge(new Replicated(replicate.Work, replicate.Version));
        }
    }

    /// <summary>Reads the message, applies it and writes the acknowledgement.</summary>
    [Benchmark(Description = "commit of 1 KiB, backup, its value included", OperationsPerInvoke = Commits)]
    public void Backup()
    {
        foreach (byte[] commit in _commits)
        {
            _ = MessageCodec.ReadExactly(commit, _cache, out Message? replicate);
            _bytes.ResetWrittenCount();
            MessageCodec.Write(_machines.Replicate(replicate!), _bytes);
        }
    }
}
