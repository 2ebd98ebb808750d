using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace SessionCluster.ServiceDefaults;

/// <summary>
/// What a process weighs, for who compares, and how it stands still while its garbage is collected, for who tests.
/// Mapped with <c>Probe:Enabled=true</c> only.
/// </summary>
public static class MemoryProbe
{
    private const int ObjectsMaximum = 50_000_000;
    private const int ReferencesEach = 2;

    /// <summary>
    /// Maps <c>POST /probe/memory</c>, which collects all garbage and tells how many bytes of managed memory are in use
    /// then; <c>GET /probe/allocated</c>, which tells how many have ever been allocated; and <c>POST /probe/collection?objects=N</c> (1 to 50 million; 400 otherwise), which makes so many objects
    /// that refer to one another, collects, and tells for how many milliseconds no other thread could run.
    /// </summary>
    public static WebApplication MapMemoryProbe(this WebApplication app)
    {
        if (app.Configuration.GetValue<bool>("Probe:Enabled"))
        {
            app.MapPost("/probe/memory", Measure);
            app.MapGet("/probe/allocated", static () => Results.Text(
                GC.GetTotalAllocatedBytes(precise: false).ToString(CultureInfo.InvariantCulture)));
            app.MapPost("/probe/collection", static (int objects) => objects is > 0 and <= ObjectsMaximum
                ? Results.Text(StandStill(objects).TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture))
                : Results.BadRequest($"objects is {objects}: allowed is 1 to {ObjectsMaximum}."));
        }

        return app;
    }

    private static IResult Measure()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return Results.Text(GC.GetTotalMemory(forceFullCollection: true).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>
    /// The collector follows every reference; where each leads somewhere else, that takes the longest.
    /// </summary>
    private static TimeSpan StandStill(int count)
    {
        var objects = new object[count][];
        for (int index = 0; index < count; index++)
        {
            objects[index] = new object[ReferencesEach];
        }

        var random = new Random(count);
        foreach (object[] each in objects)
        {
            for (int reference = 0; reference < ReferencesEach; reference++)
            {
                each[reference] = objects[random.Next(count)];
            }
        }

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        TimeSpan pause = GC.GetGCMemoryInfo(GCKind.FullBlocking).PauseDurations[0];
        GC.KeepAlive(objects);
        return pause;
    }
}
