using System.ComponentModel;
using System.Diagnostics;

namespace SessionCluster.AppHost;

/// <summary>Finds out whether containers can be run here.</summary>
internal static class ContainerRuntime
{
    private static readonly TimeSpan MostToAnswer = TimeSpan.FromSeconds(5);
    private static readonly string[] Runtimes = ["docker", "podman"];

    /// <summary>The first runtime that answers, or null.</summary>
    public static string? FindAnswering() => Runtimes.FirstOrDefault(Answers);

    private static bool Answers(string runtime)
    {
        try
        {
            // Not its version: a client is often installed where no daemon runs.
            using var process = Process.Start(new ProcessStartInfo(runtime, "info")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
            if (process is null)
            {
                return false;
            }

            process.OutputDataReceived += static (_, _) => { };
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            if (process.WaitForExit(MostToAnswer))
            {
                return process.ExitCode == 0;
            }

            process.Kill();
            return false;
        }
        catch (Win32Exception)
        {
            // It is not installed.
            return false;
        }
    }
}
