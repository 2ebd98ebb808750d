using System.Diagnostics;

namespace SessionCluster.Benchmarks.Profile;

/// <summary>A command of the shell that runs while a load is held, for example a profiler; ends with this object.</summary>
internal sealed class AttachedCommand : IDisposable
{
    /// <summary>How long it may take to write what it has found, when the load is over.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;

    /// <summary>Starts it. What it prints goes where ours goes.</summary>
    /// <param name="command">Its text.</param>
    /// <param name="variables">What it is told in its environment.</param>
    public AttachedCommand(string command, IReadOnlyDictionary<string, string> variables)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", command]);
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
    }

    /// <summary>Waits for its end.</summary>
    /// <exception cref="InvalidOperationException">It says that it has failed.</exception>
    /// <exception cref="TimeoutException">It does not end.</exception>
    public async Task UntilItEndsAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(Patience, cancellationToken);
        if (_process.ExitCode != 0)
        {
            throw new InvalidOperationException($"the command beside the load ended with code {_process.ExitCode}");
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
