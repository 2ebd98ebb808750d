using System.Diagnostics;
using System.Reflection.PortableExecutable;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.Publishing;

/// <summary>What is deployed: the folder that <c>dotnet publish</c> makes of a node or of the balancer.</summary>
public sealed class PublishedProgramTests : IDisposable
{
    private static readonly TimeSpan PublishPatience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("published-");

    [Theory]
    [InlineData("WebNode", "Replication:Node")]
    [InlineData("Balancer", "Balancer:Nodes")]
    public async Task What_is_published_is_compiled_ahead_like_what_is_built_and_runs(string project, string firstOfAll)
    {
        string built = ProgramFiles.PathOf(project);
        string source = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(built)!, "..", "..", ".."));

        (int code, string said) = await RunAsync(PublishPatience, BuiltProgram.Command(
            "publish", source, "--no-build", "--configuration", ProgramFiles.Configuration, "--output",
            _folder.FullName));

        Assert.True(code == 0, said);
        string[] assemblies = [.. Directory.GetFiles(_folder.FullName, "*.dll").Where(IsCompiledWithTheProgram)];
        Assert.Contains(Path.Combine(_folder.FullName, Path.GetFileName(built)), assemblies);
        Assert.All(assemblies, assembly => Assert.Equal(
            IsCompiledAhead(Path.Combine(Path.GetDirectoryName(built)!, Path.GetFileName(assembly))),
            IsCompiledAhead(assembly)));

        // Nothing is configured, so it has nothing to say but that. It would not get so far with a part missing.
        (code, said) = await RunAsync(
            StartPatience, BuiltProgram.Command(Path.Combine(_folder.FullName, Path.GetFileName(built))));
        Assert.NotEqual(0, code);
        Assert.Contains(firstOfAll, said, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static bool IsCompiledWithTheProgram(string assembly) =>
        Path.GetFileName(assembly).StartsWith("SessionCluster.", StringComparison.Ordinal)
        || Path.GetFileName(assembly) == "Yarp.ReverseProxy.dll";

    private static bool IsCompiledAhead(string assembly)
    {
        using var reader = new PEReader(File.OpenRead(assembly));
        return reader.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0;
    }

    private static async Task<(int Code, string Said)> RunAsync(TimeSpan patience, ProcessStartInfo start)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(patience);
        using Process process = Process.Start(start)!;
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
            string said = await process.StandardOutput.ReadToEndAsync(limit.Token) + await errors;
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, said);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
