using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;

namespace SessionCluster.Benchmarks.Cluster;

/// <summary>One program of the cluster in a process of its own; it ends with this object.</summary>
internal sealed class MemberProcess : IDisposable
{
    private const int OutputLinesMaximum = 40;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Connections of a process that dies are gone a little before it is.</summary>
    private static readonly TimeSpan DeathPatience = TimeSpan.FromSeconds(1);

    /// <summary>
    /// What is exported and logged of each request would be measured as if it were sessions, and a setting that was
    /// made for another cluster would be one that the report does not tell.
    /// </summary>
    private static readonly string[] NotInherited =
    [
        "OTEL_", "Replication__", "Balancer__", "Session__", "ConnectionStrings__", "Store__", "Probe__",
        "ReverseProxy__", "Kestrel__", "Logging__",
    ];

    private readonly Process _process;
    private readonly Queue<string> _output = [];
    private bool _isKilled;

    public MemberProcess(string name, string project, int port, IReadOnlyDictionary<string, string> settings)
    {
        Name = name;
        Port = port;
        var start = new ProcessStartInfo("dotnet", [ProgramFiles.PathOf(project)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        foreach (string key in start.Environment.Keys.Where(static key => !IsInherited(key)).ToArray())
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

    /// <summary>By what tools that look into processes are told which.</summary>
    public int Id => _process.Id;

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

    private bool HasEndedByItself => !_isKilled && _process.HasExited;

    /// <summary>Whether a member has this variable from the environment of this program.</summary>
    public static bool IsInherited(string variable) =>
        !NotInherited.Any(prefix => variable.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    /// <summary>Does something with members, and sees whether they are there until its end.</summary>
    /// <exception cref="MemberException">One of them has ended, and nobody has killed it.</exception>
    public static async Task WatchAsync(IReadOnlyCollection<MemberProcess> members, Func<Task> work)
    {
        Exception? consequence = null;
        try
        {
            await work();
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            consequence = failure;
            await Task.WhenAny(members.Where(static member => !member._isKilled)
                .Select(static member => member._process.WaitForExitAsync())
                .Append(Task.Delay(DeathPatience)));
        }

        if (members.FirstOrDefault(static member => member.HasEndedByItself) is { } ended)
        {
            throw new MemberException(
                $"{ended.Name} ended by itself with code {ended._process.ExitCode}", ended.Output(), consequence);
        }

        if (consequence is not null)
        {
            ExceptionDispatchInfo.Throw(consequence);
        }
    }

    /// <summary>Waits until it is ready to be sent requests.</summary>
    /// <exception cref="MemberException">
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

        throw new MemberException($"{Name} did not become ready", Output());
    }

    /// <summary>Ends it with no signal that it could catch.</summary>
    public void Kill()
    {
        _isKilled = true;
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
