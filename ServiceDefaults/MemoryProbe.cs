using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace SessionCluster.ServiceDefaults;

/// <summary>What a process weighs, for who compares. Mapped with <c>Probe:Enabled=true</c> only.</summary>
public static class MemoryProbe
{
    /// <summary>
    /// Maps <c>POST /probe/memory</c>, which collects all garbage and tells how many bytes of managed memory are in use
    /// then.
    /// </summary>
    public static WebApplication MapMemoryProbe(this WebApplication app)
    {
        if (app.Configuration.GetValue<bool>("Probe:Enabled"))
        {
            app.MapPost("/probe/memory", Measure);
        }

        return app;
    }

    private static IResult Measure()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return Results.Text(GC.GetTotalMemory(forceFullCollection: true).ToString(CultureInfo.InvariantCulture));
    }
}
