using System.Globalization;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Running;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>The dashboard's process. The orchestrator starts it, so it ends as surely as everything else.</summary>
internal sealed class DashboardProcess(
    RunSettings settings,
    DcpBinaries binaries,
    Executables executables,
    DashboardEndpoint endpoint,
    ILogger<DistributedApplication> logger)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(250);
    private readonly string _name = $"aspire-dashboard-{Token.Suffix()}";
    private string _frontend = "";

    /// <summary>Where processes send their telemetry; null where there is no dashboard.</summary>
    public string? OtlpAddress { get; private set; }

    public async Task StartAsync(CancellationToken cancellation)
    {
        var (_, dashboard) = await binaries.FindAsync(cancellation);
        HashSet<int> taken = [];
        _frontend = Address("ASPNETCORE_URLS", taken);
        OtlpAddress = Address("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", taken);
        var callback = Address("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", taken);
        await endpoint.StartAsync(new Uri(callback).Port, cancellation);
        var environment = new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_URLS"] = _frontend,
            ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = OtlpAddress,
            ["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = callback,
            ["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true",
            ["DASHBOARD__RESOURCESERVICECLIENT__AUTHMODE"] = "ApiKey",
            ["DASHBOARD__RESOURCESERVICECLIENT__APIKEY"] = settings.ResourceServiceApiKey,
            ["DASHBOARD__OTLP__AUTHMODE"] = "ApiKey",
            ["DASHBOARD__OTLP__PRIMARYAPIKEY"] = settings.OtlpApiKey,
            ["DASHBOARD__FRONTEND__AUTHMODE"] = "BrowserToken",
            ["DASHBOARD__FRONTEND__BROWSERTOKEN"] = settings.BrowserToken,
        };
        string[] arguments = Path.GetFileNameWithoutExtension(dashboard) == "aspire-managed" ? ["dashboard"] : [];
        var spec = new ExecutableSpec(dashboard, Path.GetDirectoryName(dashboard)!, arguments, environment);
        await executables.StartAsync(_name, spec, cancellation);
    }

    /// <summary>Waits until the dashboard answers, and says how to get in.</summary>
    public async Task AnnounceAsync(CancellationToken cancellation)
    {
        using var http = new HttpClient();
        while (!await AnswersAsync(http, cancellation))
        {
            if (!await executables.RunsAsync(_name, cancellation))
            {
                logger.DashboardFailed(
                    $"its process has ended; was it to listen on {_frontend} or {OtlpAddress}, and could it?");
                return;
            }

            await Task.Delay(BetweenLooks, cancellation);
        }

        logger.DashboardReady($"{_frontend}/login?t={settings.BrowserToken}");
    }

    private async Task<bool> AnswersAsync(HttpClient http, CancellationToken cancellation)
    {
        try
        {
            using var answer = await http.GetAsync(_frontend + "/login", cancellation);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>
    /// The first address that is configured; a free port where none is. So also where it is taken, by another AppHost
    /// most likely: two of them may run side by side.
    /// </summary>
    private string Address(string key, HashSet<int> taken)
    {
        var first = settings.Configuration[key]?.Split(';', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        if (first is not null && Uri.TryCreate(first, UriKind.Absolute, out var address)
            && PortAllocator.IsFree(address.Port))
        {
            return address.GetLeftPart(UriPartial.Authority);
        }

        return string.Create(CultureInfo.InvariantCulture, $"http://localhost:{PortAllocator.Pick(taken)}");
    }
}
