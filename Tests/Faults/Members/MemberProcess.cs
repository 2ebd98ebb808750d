using System.Collections.Concurrent;
using System.Diagnostics;
using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.Faults.Members;

/// <summary>A node or the balancer as a plain process, whose words are at hand.</summary>
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
    /// <param name="start">The program, and where it runs.</param>
    /// <param name="settings">Its environment.</param>
    public static MemberProcess Start(ProcessStartInfo start, IEnumerable<KeyValuePair<string, string>> settings)
    {
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

    /// <summary>Keeps it from the processors. Dispose what comes back, and it gets its share again.</summary>
    public Task<Starvation> StarveAsync() => Starvation.BeginAsync(_process.Id);

    /// <summary>Tells it to end, and waits until it has (SIGTERM): it hands over what it has first.</summary>
    public async Task LeaveAsync()
    {
        await Pause.SignalAsync("TERM", _process.Id);
        await _process.WaitForExitAsync().WaitAsync(Patience.NodeEnd);
    }

    /// <summary>Kills it, if it has not ended: no farewell.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
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
