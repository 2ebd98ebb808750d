using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>
/// <c>redis-server</c> as it is on the PATH, in memory only, in a folder of its own. Where there is none, or it was
/// built without what is asked of it, the test is skipped.
/// </summary>
internal class RedisUnderTest : StoreUnderTest
{
    private readonly ConcurrentQueue<string> _said = new();
    private Process? _process;

    /// <summary>Where its files are; goes with it.</summary>
    protected DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("redis-under-test-");

    /// <summary>All that it is told at its start.</summary>
    protected virtual IEnumerable<string> CommandLine =>
    [
        "--bind", "127.0.0.1", "--dir", Folder.FullName, "--save", "", "--appendonly", "no", .. Arguments,
    ];

    /// <summary>How it is told where to listen.</summary>
    protected virtual IEnumerable<string> Arguments =>
        ["--port", Port.ToString(CultureInfo.InvariantCulture)];

    /// <summary>Lets it stand still (SIGSTOP): connections stay, and nothing is answered.</summary>
    public Task<Pause> FreezeAsync() => Pause.BeginAsync(_process!.Id);

    public override void Stop()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            _process.WaitForExit();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _process?.Dispose();
        Folder.Delete(recursive: true);
    }

    protected override void Begin()
    {
        try
        {
            _process = Process.Start(new ProcessStartInfo("redis-server", CommandLine)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
        }
        catch (Win32Exception)
        {
            Assert.Skip("redis-server is not on the PATH.");
        }

        _process!.OutputDataReceived += Hear;
        _process.ErrorDataReceived += Hear;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    protected override void SkipIfRefused()
    {
        if (_process!.HasExited)
        {
            _process.WaitForExit();
            Assert.Skip("redis-server cannot do this: " + string.Join(' ', _said));
        }
    }

    private void Hear(object sender, DataReceivedEventArgs line)
    {
        if (!string.IsNullOrWhiteSpace(line.Data))
        {
            _said.Enqueue(line.Data);
        }
    }
}
