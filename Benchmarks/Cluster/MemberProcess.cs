using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;

namespace SessionCluster.Benchmarks.Cluster;

/// <summary>One program of the cluster in a process of its own; it ends with this object.</summary>
internal class MemberProcess : IDisposable
{
    private const int OutputLinesMaximum = 40;
    private const string Degraded = "Degraded";
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Connections of a process that dies are gone a little before it is.</summary>
    public static readonly TimeSpan DeathPatience = TimeSpan.FromSeconds(1);

    /// <summary>
    /// What is exported and logged of each request would be measured as if it were sessions, and a setting that was
    /// made for another cluster would be one that the report does not tell.
    /// </summary>
    private static readonly string[] NotInherited =
    [
        "OTEL_", "Replication__", "Balancer__", "Session__", "ConnectionStrings__", "Store__", "Probe__",
        "Http2__", "ReverseProxy__", "Kestrel__", "Logging__", "ASPNETCORE_",
    ];

    private readonly Process _process;
    private readonly Queue<string> _output = [];
    private bool _isKilled;

    /// <summary>Starts a program of this repository.</summary>
    /// <param name="name">What it is called in the cluster.</param>
    /// <param name="project">Which program.</param>
    /// <param name="port">Where it is to serve HTTP.</param>
    /// <param name="settings">Its environment, beside what it inherits.</param>
    /// <param name="root">The work tree that it was built in; null for this program's own.</param>
    public MemberProcess(
        string name, string project, int port, IReadOnlyDictionary<string, string> settings, string? root = null)
        : this(name, port, StartOf(ProgramFiles.PathOf(project, root), port, settings))
    {
    }

    /// <summary>Starts another program.</summary>
    protected MemberProcess(string name, int port, ProcessStartInfo start)
    {
        (Name, Port) = (name, port);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Name { get; }

    /// <summary>Where it serves, on the loopback interface; HTTP where it is a program of this repository.</summary>
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
        long start = Stopwatch.GetTimestamp();
        while (IsAlive && Stopwatch.GetElapsedTime(start) < StartPatience)
        {
            if (await IsReadyAsync(http, cancellationToken))
            {
                return;
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

    /// <summary>The memory that is in use after a full collection, in bytes.</summary>
    public virtual async Task<long> CollectAsync(HttpClient http, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer =
            await http.PostAsync(AddressOf("/probe/memory"), content: null, cancellationToken);
        answer.EnsureSuccessStatusCode();
        return long.Parse(await answer.Content.ReadAsStringAsync(cancellationToken), CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// How much managed memory it has ever allocated, in bytes; nothing where it does not tell, as a former version.
    /// </summary>
    public async Task<long?> AllocatedAsync(HttpClient http, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await http.GetAsync(AddressOf("/probe/allocated"), cancellationToken);
        return answer.IsSuccessStatusCode
            ? long.Parse(await answer.Content.ReadAsStringAsync(cancellationToken), CultureInfo.InvariantCulture)
            : null;
    }

    /// <summary>The memory that the process has of the machine, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Where a page of it is.</summary>
    public Uri AddressOf(string path) =>
        new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}{path}"));

    /// <summary>
    /// Whether it is ready to be sent requests. A node whose store cannot be reached may be sent some, and refuses them.
    /// </summary>
    protected virtual async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(AddressOf("/health"), cancellationToken);
            return answer.IsSuccessStatusCode
                && await answer.Content.ReadAsStringAsync(cancellationToken) != Degraded;
        }
        catch (HttpRequestException)
        {
            // It does not listen yet.
            return false;
        }
    }

    private static ProcessStartInfo StartOf(string program, int port, IReadOnlyDictionary<string, string> settings)
    {
        var start = new ProcessStartInfo("dotnet", [program]);
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

        return start;
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
