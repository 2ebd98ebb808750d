using System.Diagnostics;
using System.Globalization;

namespace SessionCluster.Benchmarks.Cluster;

/// <summary>One program of the cluster in a process of its own; it ends with this object.</summary>
internal sealed class MemberProcess : IDisposable
{
    private const int OutputLinesMaximum = 40;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(50);

    private readonly Process _process;
    private readonly Queue<string> _output = [];

    public MemberProcess(string name, string project, int port, IReadOnlyDictionary<string, string> settings)
    {
        Name = name;
        Port = port;
        var start = new ProcessStartInfo("dotnet", [ProgramFiles.PathOf(project)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Telemetry that is exported, and logs of each request, would be measured as if they were sessions.
        foreach (string key in start.Environment.Keys
            .Where(static key => key.StartsWith("OTEL_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(key);
        }

        start.Environment["DOTNET_ENVIRONMENT"] = "Production";
        start.Environment["ASPNETCORE_URLS"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        foreach ((string key, string value) in settings)
        {
            start.Environment[key] = value;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Name { get; }

    /// <summary>Where it serves HTTP, on the loopback interface.</summary>
    public int Port { get; }

    public bool IsAlive => !_process.HasExited;

    /// <summary>The processor time that it has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Waits until it is ready to be sent requests.</summary>
    /// <exception cref="InvalidOperationException">
    /// It has ended, or was not ready in time; with what it printed.
    /// </exception>
    public async Task UntilReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/health"));
        long start = Stopwatch.GetTimestamp();
        while (IsAlive && Stopwatch.GetElapsedTime(start) < StartPatience)
        {
            try
            {
                using HttpResponseMessage answer = await http.GetAsync(address, cancellationToken);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(ProbeInterval, cancellationToken);
        }

        throw new InvalidOperationException($"{Name} did not become ready.\n{Output()}");
    }

    /// <summary>Ends it with no signal that it could catch.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    private string Output()
    {
        lock (_output)
        {
            return string.Join('\n', _output);
        }
    }

    private void Keep(string? line)
    {
        lock (_output)
        {
            _output.Enqueue(line ?? "");
            while (_output.Count > OutputLinesMaximum)
            {
                _output.Dequeue();
            }
        }
    }
}
