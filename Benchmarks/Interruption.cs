using System.CommandLine;
using System.Runtime.InteropServices;
using SessionCluster.Benchmarks.Load;

namespace SessionCluster.Benchmarks;

/// <summary>
/// What Ctrl+C, SIGTERM and the end of the terminal do to a run: it ends its members, and reports what it has measured.
/// </summary>
internal static class Interruption
{
    /// <summary>What a report says of what was under way.</summary>
    public const string Notice = "ended on request; nothing was measured from there on";

    /// <summary>
    /// So long a run may take to end its members and to report. With two seconds, as is usual, the report was cut, and
    /// members could be left over: too few for twenty processes on a busy machine.
    /// </summary>
    private static readonly TimeSpan Patience = LoadGenerator.Patience + TimeSpan.FromSeconds(20);

    private static readonly PosixSignal[] Signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];

    /// <summary>Runs a command to its end, or to that which one of these signals asks for.</summary>
    /// <returns>What the command returns; 1 where it has been asked to end and does not.</returns>
    public static async Task<int> RunAsync(ParseResult command)
    {
        using var interrupted = new CancellationTokenSource();
        var registrations = new List<PosixSignalRegistration>();
        try
        {
            // Before anything is started, and these three alike: the library's own would come after the first members,
            // and leave all of them to a terminal that is closed.
            registrations.AddRange(Signals.Select(signal => PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                interrupted.Cancel();
            })));
            var configuration = new InvocationConfiguration { ProcessTerminationTimeout = null };
            CancellationToken token = interrupted.Token;
            Task<int> run = Task.Run(() => command.InvokeAsync(configuration, token), CancellationToken.None);
            await Task.WhenAny(run, UntilPatienceEndsAsync(token));
            if (!run.IsCompleted)
            {
                // Threads that measure would keep the process.
                Environment.Exit(1);
            }

            return await run;
        }
        finally
        {
            registrations.ForEach(static registration => registration.Dispose());
        }
    }

    private static async Task UntilPatienceEndsAsync(CancellationToken interrupted)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, interrupted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(Patience, CancellationToken.None);
    }
}
