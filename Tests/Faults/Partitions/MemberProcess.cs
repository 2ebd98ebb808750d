using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.Faults.Partitions;

/// <summary>A node or the balancer as a plain process in a namespace of its own.</summary>
internal sealed class MemberProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private MemberProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
    }

    /// <summary>What it has written.</summary>
    public IReadOnlyCollection<string> Output => _output;

    /// <summary>Starts one of the programs that were built with the tests.</summary>
    public static MemberProcess Start(string space, string program, IEnumerable<KeyValuePair<string, string>> settings)
    {
        // <root>/shared/Microsoft.NETCore.App/<version>/: the program that runs programs is at the root.
        var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        var start = new ProcessStartInfo(
            "ip",
            ["netns", "exec", space, Path.Combine(root, "dotnet"), Path.Combine(AppContext.BaseDirectory, program + ".dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        var member = new MemberProcess(Process.Start(start)!);
        member._process.BeginOutputReadLine();
        member._process.BeginErrorReadLine();
        return member;
    }

    /// <summary>Stops it without its knowledge. Dispose what comes back, and it goes on.</summary>
    public Task<Pause> FreezeAsync() => Pause.BeginAsync(_process.Id);

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _output.Enqueue(line);
        }
    }
}
