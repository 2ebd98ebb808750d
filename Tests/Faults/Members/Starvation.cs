using System.Diagnostics;
using System.Globalization;

namespace SessionCluster.Tests.Faults.Members;

/// <summary>
/// The time that a process shares one processor with programs that always want it, and gets only what they leave: less
/// than a millisecond now and then. It is over when this is disposed.
/// </summary>
internal sealed class Starvation : IAsyncDisposable
{
    /// <summary>One leaves a process that wants little enough for it.</summary>
    private const int Burners = 4;

    private readonly Process[] _burners;
    private readonly string _processId;
    private readonly string _processors;
    private readonly TimeSpan _waitedBefore;

    private Starvation(Process[] burners, string processId, string processors)
    {
        (_burners, _processId, _processors) = (burners, processId, processors);
        _waitedBefore = WaitOf(processId);
    }

    /// <summary>How long its threads have been ready to run, and did not, in all.</summary>
    public TimeSpan Waited => WaitOf(_processId) - _waitedBefore;

    /// <summary>Lets all threads of a process run only when nobody else wants the machine's last processor.</summary>
    /// <exception cref="StarvationRefusedException">The machine does not allow it.</exception>
    public static async Task<Starvation> BeginAsync(int processId)
    {
        var id = processId.ToString(CultureInfo.InvariantCulture);
        if (!File.Exists("/proc/self/schedstat"))
        {
            throw new StarvationRefusedException("the kernel does not count how long threads wait");
        }

        var processors = ProcessorsAllowed();
        var last = processors.Split(',', '-')[^1];
        await RunAsync("taskset", "--all-tasks", "--pid", "--cpu-list", last, id);
        await RunAsync("chrt", "--all-tasks", "--idle", "--pid", "0", id);
        var burners = Enumerable.Range(0, Burners)
            .Select(_ => Process.Start("taskset", ["--cpu-list", last, "sh", "-c", "while :; do :; done"]));
        return new Starvation([.. burners], id, processors);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var burner in _burners)
        {
            burner.Kill();
            await burner.WaitForExitAsync();
            burner.Dispose();
        }

        await RunAsync("chrt", "--all-tasks", "--other", "--pid", "0", _processId);
        await RunAsync("taskset", "--all-tasks", "--pid", "--cpu-list", _processors, _processId);
    }

    /// <summary>As the kernel lists them, such as <c>0-3,6</c>.</summary>
    private static string ProcessorsAllowed() => File.ReadLines("/proc/self/status")
        .Single(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split(':')[1].Trim();

    private static TimeSpan WaitOf(string processId) =>
        Directory.EnumerateDirectories($"/proc/{processId}/task").Aggregate(
            TimeSpan.Zero, static (sum, thread) => sum + WaitOfThread(Path.Combine(thread, "schedstat")));

    /// <summary>As the kernel counts it: the second number, in nanoseconds. A thread may just have ended.</summary>
    private static TimeSpan WaitOfThread(string counts)
    {
        try
        {
            var wait = long.Parse(File.ReadAllText(counts).Split(' ')[1], CultureInfo.InvariantCulture);
            return TimeSpan.FromMicroseconds(wait / 1000);
        }
        catch (IOException)
        {
            return TimeSpan.Zero;
        }
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            var said = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            if (process.ExitCode != 0)
            {
                throw new StarvationRefusedException($"{program} {string.Join(' ', arguments)}: {said.Trim()}");
            }
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new StarvationRefusedException($"the program {program} does not run ({missing.Message})");
        }
    }
}

/// <summary>A process could not be kept from the processors.</summary>
internal sealed class StarvationRefusedException(string message) : Exception(message);
