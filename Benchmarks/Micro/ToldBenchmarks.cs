using BenchmarkDotNet.EventProcessors;
using BenchmarkDotNet.Running;

namespace SessionCluster.Benchmarks.Micro;

/// <summary>Tells of each benchmark as it begins.</summary>
internal sealed class ToldBenchmarks(Action<string> tell) : EventProcessor
{
    public override void OnStartRunBenchmark(BenchmarkCase benchmarkCase) =>
        tell(benchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\''));
}
