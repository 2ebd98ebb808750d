using System.Diagnostics;
using System.Globalization;

namespace SessionCluster.Tests.Faults.Members;

/// <summary>
/// The time that a process shares one processor with a program that always wants it, and gets only what that leaves: a
/// few milliseconds now and then. It is over when this is disposed.
/// </summary>
internal sealed class Starvation : IAsyncDisposable
{
    private readonly Process _burner;
    private readonly string _processId;
    private readonly string _processors;

    private Starvation(Process burner, string processId, string processors) =>
        (_burner, _processId, _processors) = (burner, processId, processors);

    /// <summary>Lets all threads of a process run only when nobody else wants the machine's last processor.</summary>
    /// <exception cref="StarvationRefusedException">The machine does not allow it.</exception>
    public static async Task<Starvation> BeginAsync(int processId)
    {
        var id = processId.ToString(CultureInfo.InvariantCulture);
        var processors = ProcessorsAllowed();
        var last = processors.Split(',', '-')[^1];
        await RunAsync("taskset", "--all-tasks", "--pid", "--cpu-list", last, id);
        await RunAsync("chrt", "--all-tasks", "--idle", "--pid", "0", id);
        var burner = Process.Start("taskset", ["--cpu-list", last, "sh", "-c", "while :; do :; done"]);
        return new Starvation(burner, id, processors);
    }

    public async ValueTask DisposeAsync()
    {
        _burner.Kill();
        await _burner.WaitForExitAsync();
        _burner.Dispose();
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
