using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.Benchmarks;

/// <summary>A measurement in a process of its own that was sent a signal.</summary>
/// <param name="ExitCode">What it returned.</param>
/// <param name="Output">What it printed.</param>
/// <param name="Members">How many processes it had started, just before the signal.</param>
/// <param name="Left">How many of them were there after its end; they are not any more.</param>
internal sealed record EndedRun(int ExitCode, string Output, int Members, int Left)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Starts one, sends it the signal, and waits for its end.</summary>
    /// <param name="signal">The signal's name without SIG.</param>
    /// <param name="when">The pattern of the line upon which it is sent.</param>
    /// <param name="arguments">What is measured.</param>
    public static async Task<EndedRun> OfAsync(string signal, string when, params string[] arguments)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        using var process = Process.Start(new ProcessStartInfo(
            "dotnet", [ProgramFiles.PathOf("Benchmarks"), .. arguments])
        {
            RedirectStandardOutput = true,
        })!;
        try
        {
            var output = new StringBuilder();
            int[]? members = null;
            while (await process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
            {
                output.AppendLine(line);
                if (members is null && Regex.IsMatch(line, when))
                {
                    members = ChildrenOf(process.Id);
                    await Pause.SignalAsync(signal, process.Id);
                }
            }

            await process.WaitForExitAsync(patience.Token);
            Assert.True(members is not null, output.ToString());
            return new EndedRun(process.ExitCode, output.ToString(), members.Length, members.Count(Kill));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>What its parent ignores a process ignores, too: nohup does so, and shells that have no jobs.</summary>
    /// <param name="signal">The signal's number.</param>
    public static void SkipWhereIgnored(int signal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals, and whose child a process is, are told by /proc.");
        ulong ignored = ulong.Parse(
            ValueOf("/proc/self/status", "SigIgn:")!, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        Assert.SkipWhen(((ignored >> (signal - 1)) & 1) == 1, $"Signal {signal} is ignored here.");
    }

    /// <returns>Whether it was there.</returns>
    private static bool Kill(int member)
    {
        try
        {
            using var left = Process.GetProcessById(member);
            left.Kill();
            return true;
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    private static int[] ChildrenOf(int parent)
    {
        string text = parent.ToString(CultureInfo.InvariantCulture);
        return
        [
            .. Directory.EnumerateDirectories("/proc")
                .Where(folder => ValueOf(Path.Combine(folder, "status"), "PPid:") == text)
                .Select(static folder => int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture)),
        ];
    }

    /// <returns>Null where there is no such file, as that of a process that has ended meanwhile.</returns>
    private static string? ValueOf(string file, string name)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))
                ?[name.Length..].Trim();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
