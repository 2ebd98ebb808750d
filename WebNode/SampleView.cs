using System.Globalization;
using Microsoft.Extensions.Options;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.WebNode;

/// <summary>What the sample page shows, in HTML or JSON.</summary>
internal sealed record SampleView(
    string Node, string Session, DateTimeOffset Timestamp, string? Since, IReadOnlyList<BasketLine> Basket)
{
    private const string SinceKey = "since";

    public static SampleView Of(HttpContext context)
    {
        var options = context.RequestServices.GetRequiredService<IOptions<ReplicationOptions>>();
        DateTimeOffset now = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        return new SampleView(
            options.Value.Node,
            context.Session.Id,
            now,
            context.Session.GetString(SinceKey),
            new Basket(context.Session).Lines);
    }

    /// <summary>Begins the session with the first look at the page; later looks only read.</summary>
    public static void BeginSession(HttpContext context)
    {
        if (!context.Session.TryGetValue(SinceKey, out _))
        {
            DateTimeOffset now = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
            context.Session.SetString(SinceKey, now.ToString("O", CultureInfo.InvariantCulture));
        }
    }
}
