using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.Net.Http.Headers;

namespace SessionCluster.WebNode;

/// <summary>The sample page: who served it, the session, the time, the basket.</summary>
internal static class SamplePage
{
    public static void MapSamplePage(this WebApplication app) => app.MapGet("/", Show);

    /// <summary>Browsers ask for HTML; programs for JSON, or for anything.</summary>
    public static bool WantsHtml(HttpRequest request)
    {
        IEnumerable<MediaTypeHeaderValue> types =
            request.GetTypedHeaders().Accept.OrderByDescending(static type => type.Quality ?? 1);
        foreach (MediaTypeHeaderValue type in types)
        {
            if (type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }

            if (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return request.HasFormContentType;
    }

    private static IResult Show(HttpContext context)
    {
        SampleView.BeginSession(context);
        SampleView view = SampleView.Of(context);
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.Vary = HeaderNames.Accept;
        bool wantsJson = context.Request.GetTypedHeaders().Accept.Any(static type =>
            type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase));
        return wantsJson && !WantsHtml(context.Request)
            ? Results.Json(view)
            : Results.Content(Render(view), "text/html; charset=utf-8");
    }

    private static string Render(SampleView view)
    {
        var rows = new StringBuilder();
        foreach (BasketLine line in view.Basket)
        {
            string item = Encode(line.Item);
            rows.Append(CultureInfo.InvariantCulture, $"""
                <tr><td>{item}</td><td>{line.Quantity}</td><td><form method="post" action="/basket/remove">
                <input type="hidden" name="item" value="{item}"><button>Remove</button></form></td></tr>

                """);
        }

        string since = view.Since is { } written
            ? Time(DateTimeOffset.Parse(written, CultureInfo.InvariantCulture))
            : "now";
        return $"""
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Encode(view.Node)} · SessionCluster</title>
            <style>{Style}</style>
            <main>
            <h1>Served by <strong id="node">{Encode(view.Node)}</strong></h1>
            <dl>
            <dt>Session</dt><dd><code id="session">{view.Session}</code></dd>
            <dt>Since</dt><dd>{since}</dd>
            <dt>Timestamp</dt><dd id="timestamp">{Time(view.Timestamp)}</dd>
            </dl>
            <h2>Basket</h2>
            <table id="basket"><tr><th>Item</th><th>Quantity</th><th></th></tr>
            {(rows.Length == 0 ? "<tr><td colspan=\"3\" class=\"empty\">Nothing yet.</td></tr>" : rows.ToString())}
            </table>
            <form method="post" action="/basket" class="add">
            <input name="item" placeholder="shoes" aria-label="Item" required maxlength="{Basket.ItemLengthMaximum}">
            <input name="quantity" type="number" aria-label="Quantity" value="1" min="1" max="{Basket.QuantityMaximum}">
            <button>Add</button>
            </form>
            <p>Kill this node and reload: another one serves the same basket.</p>
            </main>
            </html>
            """;
    }

    private static string Time(DateTimeOffset instant) =>
        instant.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss.fff 'UTC'", CultureInfo.InvariantCulture);

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);

    private const string Style = """
        :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
        main { max-width: 42rem; margin: 3rem auto; padding: 0 1rem }
        h1 { font-weight: 400 } h1 strong { color: #0a7d4f }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem }
        dt { opacity: .7 } dd { margin: 0; overflow-wrap: anywhere }
        table { border-collapse: collapse; width: 100% }
        th, td { text-align: left; padding: .4rem .5rem; border-bottom: 1px solid #8884 }
        td { overflow-wrap: anywhere } td form { margin: 0 } button { white-space: nowrap }
        .empty { opacity: .7 } .add { margin: 1rem 0; display: flex; gap: .5rem }
        .add input[name=item] { flex: 1; min-width: 0 } input, button { font: inherit; padding: .3rem .6rem }
        """;
}
