using System.Runtime.InteropServices;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Dcp;

/// <summary>Where the orchestrator and the dashboard lie on this machine.</summary>
internal sealed class DcpBinaries(IConfiguration configuration)
{
    private static readonly string Ending = OperatingSystem.IsWindows() ? ".exe" : "";

    /// <summary>Finds them: told by the environment, an installed Aspire CLI, else from npm, once a user.</summary>
    public async Task<(string Dcp, string Dashboard)> FindAsync(CancellationToken cancellation)
    {
        var dcp = configuration["ASPIRE_DCP_PATH"];
        var dashboard = configuration["ASPIRE_DASHBOARD_PATH"];
        if (string.IsNullOrEmpty(dcp) || string.IsNullOrEmpty(dashboard))
        {
            var home = configuration["ASPIRE_HOME"]
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".aspire");
            var bundle = Path.Combine(home, "bundle");
            if (!IsBundle(bundle))
            {
                bundle = await new NpmBundle(Platform()).EnsureAsync(cancellation);
            }

            dcp = string.IsNullOrEmpty(dcp) ? Path.Combine(bundle, "dcp") : dcp;
            dashboard = string.IsNullOrEmpty(dashboard) ? DashboardIn(bundle) : dashboard;
        }

        return (Existing(DcpIn(dcp), "ASPIRE_DCP_PATH"), Existing(dashboard, "ASPIRE_DASHBOARD_PATH"));
    }

    public static bool IsBundle(string bundle) =>
        File.Exists(DcpIn(Path.Combine(bundle, "dcp"))) && File.Exists(DashboardIn(bundle));

    private static string DcpIn(string pathOrFolder) =>
        Directory.Exists(pathOrFolder) ? Path.Combine(pathOrFolder, "dcp" + Ending) : pathOrFolder;

    private static string DashboardIn(string bundle) => Path.Combine(bundle, "managed", "aspire-managed" + Ending);

    private static string Existing(string path, string variable) => File.Exists(path)
        ? path
        : throw new DistributedApplicationException($"{variable} points to {path}, where there is nothing.");

    private static string Platform()
    {
        var system = OperatingSystem.IsWindows() ? "win"
            : OperatingSystem.IsMacOS() ? "osx"
            : RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal) ? "linux-musl"
            : "linux";
        return $"{system}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
    }
}
