using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using SessionCluster.Balancer.Configuration;

namespace SessionCluster.Balancer.Pages;

/// <summary>The balancer's pages. All below <c>/_cluster</c> is its own; all below <c>/_node</c> is nobody's.</summary>
internal static class ClusterPages
{
    /// <summary>How many sessions a person is shown who does not ask for a number.</summary>
    private const int ListedForPeople = 500;

    /// <summary>How many are shown at most: what one answer may cost the balancer.</summary>
    private const int ListedAtMost = 100_000;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Maps the pages.</summary>
    public static void MapClusterPages(this WebApplication app)
    {
        app.MapGet("/_cluster", ShowClusterAsync);
        app.MapGet("/_cluster/sessions", ShowSessionsAsync);
        app.Map("/_cluster/{**rest}", () => Results.NotFound());

        // What nodes say about themselves is for the balancer and for whoever stands beside them, not for the world.
        app.Map("/_node/{**rest}", () => Results.NotFound());
    }

    private static async Task<IResult> ShowClusterAsync(HttpContext context, NodeReports reports)
    {
        var state = ClusterState.Of(await reports.AskAsync(context.RequestAborted));
        return Negotiate(
            context, state, () => ClusterHtml.Nodes(state), () => ClusterText.Nodes(state));
    }

    private static async Task<IResult> ShowSessionsAsync(HttpContext context, NodeReports reports, string? limit)
    {
        bool isForProgram = PageFormats.Preferred(context.Request) == PageFormat.Json;
        int listed = isForProgram ? ListedAtMost : ListedForPeople;
        if (limit is not null
            && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out listed)
                || listed > ListedAtMost))
        {
            return Results.Problem(
                title: $"limit is a number from 0 to {ListedAtMost}: how many sessions are listed.",
                statusCode: StatusCodes.Status400BadRequest);
        }

        Task<IReadOnlyList<NodeState>> nodes = reports.AskAsync(context.RequestAborted);
        var sessions = await reports.AskSessionsAsync(context.RequestAborted);
        var state = ClusterState.Of(await nodes);
        var table = SessionTable.Of(sessions, listed);
        return Negotiate(
            context, table, () => ClusterHtml.Sessions(state, table), () => ClusterText.Sessions(state, table));
    }

    private static IResult Negotiate<T>(HttpContext context, T model, Func<string> html, Func<string> text)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.Vary = HeaderNames.Accept;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
        return PageFormats.Preferred(context.Request) switch
        {
            PageFormat.Html => Results.Content(html(), "text/html; charset=utf-8"),
            PageFormat.Json => Results.Json(model, Json),
            _ => Results.Content(text(), "text/plain; charset=utf-8"),
        };
    }
}
