using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using SessionCluster.Balancer.Configuration;

namespace SessionCluster.Balancer.Pages;

/// <summary>The balancer's own pages. All below <c>/_cluster</c> is the balancer's; all below <c>/_node</c> is nobody's.</summary>
internal static class ClusterPages
{
    /// <summary>How many sessions a person is shown.</summary>
    private const int ListedForPeople = 500;

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

    private static async Task<IResult> ShowSessionsAsync(HttpContext context, NodeReports reports, int? limit)
    {
        if (limit < 0)
        {
            return Results.Problem("limit must be 0 or more.", statusCode: StatusCodes.Status400BadRequest);
        }

        bool isForProgram = PageFormats.Preferred(context.Request) == PageFormat.Json;
        Task<IReadOnlyList<NodeState>> nodes = reports.AskAsync(context.RequestAborted);
        var sessions = await reports.AskSessionsAsync(context.RequestAborted);
        var state = ClusterState.Of(await nodes);
        var table = SessionTable.Of(sessions, limit ?? (isForProgram ? int.MaxValue : ListedForPeople));
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
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return PageFormats.Preferred(context.Request) switch
        {
            PageFormat.Html => Results.Content(html(), "text/html; charset=utf-8"),
            PageFormat.Json => Results.Json(model, Json),
            _ => Results.Content(text(), "text/plain; charset=utf-8"),
        };
    }
}
