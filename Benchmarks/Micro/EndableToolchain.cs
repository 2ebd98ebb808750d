using BenchmarkDotNet.Toolchains;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using BenchmarkDotNet.Toolchains.Parameters;
using BenchmarkDotNet.Toolchains.Results;

namespace SessionCluster.Benchmarks.Micro;

/// <summary>
/// Runs benchmarks in this process, and fails each that would begin after the run has been asked to end: the library
/// knows no other way to stop between two of them and still report.
/// </summary>
internal sealed class EndableToolchain(CancellationToken cancellationToken) : Toolchain(
    Inner.Name, Inner.Generator, Inner.Builder, new EndableExecutor(cancellationToken))
{
    private static readonly InProcessEmitToolchain Inner = (InProcessEmitToolchain)InProcessEmitToolchain.Instance;

    public override bool IsInProcess => true;

    private sealed class EndableExecutor(CancellationToken cancellationToken) : IExecutor
    {
        public ExecuteResult Execute(ExecuteParameters executeParameters) => cancellationToken.IsCancellationRequested
            ? new ExecuteResult(
                foundExecutable: true, exitCode: 1, processId: null, results: [], prefixedLines: [], standardOutput: [],
                executeParameters.LaunchIndex)
            : Inner.Executor.Execute(executeParameters);
    }
}
