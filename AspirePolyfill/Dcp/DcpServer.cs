using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;

namespace Aspire.Hosting.Dcp;

/// <summary>How to reach a running orchestrator.</summary>
internal sealed record DcpAccess(Uri Address, X509Certificate2 Authority, string Token);

/// <summary>
/// The orchestrator's process. It watches this one, and ends with all that it started when this one ends.
/// </summary>
internal sealed class DcpServer(DcpBinaries binaries) : IDisposable
{
    private static readonly TimeSpan MostToStart = TimeSpan.FromSeconds(30);

    /// <summary>What the AppHost was told and its resources must not inherit.</summary>
    private static readonly string[] OwnVariables =
        ["ASPNETCORE_URLS", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "DOTNET_LAUNCH_PROFILE"];

    private readonly DirectoryInfo _session = Directory.CreateTempSubdirectory("aspire-");

    public async Task<DcpAccess> StartAsync(CancellationToken cancellation)
    {
        var (dcp, _) = await binaries.FindAsync(cancellation);
        var file = Path.Combine(_session.FullName, "kubeconfig");
        var pid = Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo(dcp, ["start-apiserver", "--monitor", pid, "--detach", "--kubeconfig", file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DCP_SESSION_FOLDER"] = _session.FullName;
        foreach (var variable in OwnVariables)
        {
            start.Environment.Remove(variable);
        }

        using var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(MostToStart);
        return await ReadAsync(file, limit.Token);
    }

    public void Dispose()
    {
        try
        {
            _session.Delete(recursive: true);
        }
        catch (IOException)
        {
            // The orchestrator is still at it; it clears its folder when it ends.
        }
    }

    /// <summary>The orchestrator writes the file when it is ready.</summary>
    private static async Task<DcpAccess> ReadAsync(string file, CancellationToken cancellation)
    {
        while (true)
        {
            if (File.Exists(file) && Parse(await File.ReadAllLinesAsync(file, cancellation)) is { } access)
            {
                return access;
            }

            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), cancellation);
            }
            catch (OperationCanceledException)
            {
                throw new DistributedApplicationException(
                    $"The orchestrator (DCP) did not start within {MostToStart.TotalSeconds} s.");
            }
        }
    }

    private static DcpAccess? Parse(string[] lines)
    {
        var authority = Value("certificate-authority-data");
        var server = Value("server");
        var token = Value("token");
        return authority is null || server is null || token is null
            ? null
            : new DcpAccess(new Uri(server), ReadCertificate(Convert.FromBase64String(authority)), token);

        string? Value(string key) => lines.Select(line => line.Trim())
            .FirstOrDefault(
                line => line.StartsWith(key + ":", StringComparison.Ordinal))?[(key.Length + 1)..].Trim().Trim('"');
    }

    private static X509Certificate2 ReadCertificate(byte[] pem) =>
        X509Certificate2.CreateFromPem(System.Text.Encoding.ASCII.GetString(pem));
}
