using System.Diagnostics;
using System.Globalization;

namespace SessionCluster.Tests.EndToEnd;

/// <summary>
/// The time that a process stands still (SIGSTOP). It goes on when this is disposed, if it has not before.
/// </summary>
internal sealed class Pause : IAsyncDisposable
{
    private readonly int _processId;
    private bool _over;

    private Pause(int processId) => _processId = processId;

    /// <summary>Lets a process stand still.</summary>
    public static async Task<Pause> BeginAsync(int processId)
    {
        await SignalAsync("STOP", processId);
        return new Pause(processId);
    }

    /// <summary>Lets it go on.</summary>
    public async Task EndAsync()
    {
        _over = true;
        await SignalAsync("CONT", _processId);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_over)
        {
            await EndAsync();
        }
    }

    /// <summary>Sends a signal to a process, by its name without SIG.</summary>
    public static async Task SignalAsync(string signal, int processId)
    {
        using var kill = Process.Start("kill", [$"-{signal}", processId.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }
}
