using System.ComponentModel;
using System.Diagnostics;

namespace SessionCluster.AppHost;

/// <summary>Finds out whether containers can be run here.</summary>
internal static class ContainerRuntime
{
    private static readonly TimeSpan MostToAnswer = TimeSpan.FromSeconds(5);
    private static readonly string[] Runtimes = ["docker", "podman"];

    /// <summary>By these Aspire is told which one it is to use; the second is the older name.</summary>
    private static readonly string[] Choices = ["ASPIRE_CONTAINER_RUNTIME", "DOTNET_ASPIRE_CONTAINER_RUNTIME"];

    /// <summary>The runtime that Aspire would use, where it answers; else null.</summary>
    public static string? FindAnswering()
    {
        string? chosen = Choices.Select(Environment.GetEnvironmentVariable)
            .FirstOrDefault(static choice => !string.IsNullOrEmpty(choice));
        return (chosen is null ? Runtimes : [chosen]).FirstOrDefault(Answers);
    }

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
