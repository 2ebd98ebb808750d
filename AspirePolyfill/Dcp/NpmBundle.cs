using System.ComponentModel;
using System.Diagnostics;

namespace Aspire.Hosting.Dcp;

/// <summary>
/// The Aspire CLI as npm carries it: it holds the orchestrator and the dashboard, and lays them out beside itself.
/// Installed once into a folder of the user's; two processes that want it at once take turns.
/// </summary>
internal sealed class NpmBundle(string platform)
{
    public const string Version = "13.5.4";
    private static readonly TimeSpan MostToInstall = TimeSpan.FromMinutes(5);

    private readonly string _folder = Path.Combine(
        Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create),
        "aspire-cli", Version);

    private string Package => Path.Combine(_folder, "node_modules", "@microsoft", $"aspire-cli-{platform}");

    private string Bundle => Path.Combine(Package, "bundle");

    private string Done => Path.Combine(_folder, "complete");

    public async Task<string> EnsureAsync(CancellationToken cancellation)
    {
        if (File.Exists(Done) && DcpBinaries.IsBundle(Bundle))
        {
            return Bundle;
        }

        Directory.CreateDirectory(_folder);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(MostToInstall);
        await using var turn = await TakeTurnAsync(limit.Token);
        if (!File.Exists(Done) || !DcpBinaries.IsBundle(Bundle))
        {
            await InstallAsync(limit.Token);
            await File.WriteAllTextAsync(Done, Version, limit.Token);
        }

        return Bundle;
    }

    private async Task InstallAsync(CancellationToken cancellation)
    {
        var name = $"@microsoft/aspire-cli-{platform}@{Version}";
        Console.WriteLine(
            $"Aspire's orchestrator and dashboard are not installed: getting them from npm, once ({name}, 150 MB) ...");
        var npm = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
        string[] quietly = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
        await RunAsync(npm, ["install", "--prefix", _folder, .. quietly, name], cancellation);
        var cli = Path.Combine(Package, "bin", OperatingSystem.IsWindows() ? "aspire.exe" : "aspire");
        await RunAsync(cli, ["setup", "--install-path", Package, "--nologo", "--non-interactive"], cancellation);
        if (!DcpBinaries.IsBundle(Bundle))
        {
            throw Missing($"{name} did not lay out what was expected in {Bundle}.");
        }
    }

    private async Task RunAsync(string program, string[] arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPIRE_HOME"] = Package;    // what the CLI keeps, it keeps here
        start.Environment["ASPIRE_CLI_TELEMETRY_OPTOUT"] = "1";
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            if (process.ExitCode != 0)
            {
                throw Missing(
                    $"`{program} {arguments[0]}` ended with {process.ExitCode}: {await errors}{await output}".Trim());
            }
        }
        catch (Win32Exception error)
        {
            throw Missing($"`{program}` cannot be run ({error.Message}).");
        }
    }

    /// <summary>
    /// The file is locked while its owner lives; the operating system unlocks it when the owner dies.
    /// </summary>
    private async Task<FileStream> TakeTurnAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return new FileStream(
                    Path.Combine(_folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)    // another process installs
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation);
            }
        }
    }

    private static DistributedApplicationException Missing(string why) => new(
        "Aspire's orchestrator and dashboard are missing. Install the Aspire CLI (https://aspire.dev) and run "
        + $"`aspire setup`, or install Node.js so that npm can get them. {why}");
}
