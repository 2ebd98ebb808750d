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

    private Starvation(Process[] burners, string processId, string processors) =>
        (_burners, _processId, _processors) = (burners, processId, processors);

    /// <summary>Lets all threads of a process run only when nobody else wants the machine's last processor.</summary>
    /// <exception cref="StarvationRefusedException">The machine does not allow it.</exception>
    public static async Task<Starvation> BeginAsync(int processId)
    {
        var id = processId.ToString(CultureInfo.InvariantCulture);
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

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
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
