using System.Globalization;
using System.Text.Json;

namespace SessionCluster.WebNode;

/// <summary>
/// Adds to the basket and takes from it. The forms carry no antiforgery token: the cookie is <c>SameSite=Lax</c>, so
/// another site's form does not carry it, and a basket is no harm worth a second cookie.
/// </summary>
internal static class BasketEndpoints
{
    public static void MapBasket(this WebApplication app)
    {
        // Cast, as each would also fit a delegate whose result nobody reads.
        // Who adds to an item reads how many there are: two that do so at once must not count one of them only.
        app.MapPost("/basket", (Delegate)AddAsync).RequireExclusiveSession();
        app.MapPost("/basket/remove", (Delegate)RemoveByFormAsync);
        app.MapDelete("/basket/{item}", Remove);
    }

    private static async Task<IResult> AddAsync(HttpContext context)
    {
        (string? item, int? quantity) = context.Request.HasFormContentType
            ? await ReadFormAsync(context.Request)
            : await ReadJsonAsync(context.Request);
        Dictionary<string, string[]> errors = new Basket(context.Session).Add(item, quantity);
        if (errors.Count > 0)
        {
            return Results.ValidationProblem(errors);
        }

        // Post, redirect, get: a reload of the page must not add the item again.
        return SamplePage.WantsHtml(context.Request) ? Results.LocalRedirect("/") : Answer(context);
    }

    /// <summary>An HTML form knows no DELETE.</summary>
    private static async Task<IResult> RemoveByFormAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            return Results.Problem("Send a form with the field 'item'.", statusCode: StatusCodes.Status400BadRequest);
        }

        (string? item, _) = await ReadFormAsync(context.Request);
        new Basket(context.Session).Remove(item ?? "");
        return SamplePage.WantsHtml(context.Request) ? Results.LocalRedirect("/") : Answer(context);
    }

    private static IResult Remove(HttpContext context, string item) => new Basket(context.Session).Remove(item)
        ? Answer(context)
        : Results.Problem($"There is no '{item}' in the basket.", statusCode: StatusCodes.Status404NotFound);

    private static IResult Answer(HttpContext context) => Results.Json(SampleView.Of(context));

    private static async Task<(string? Item, int? Quantity)> ReadFormAsync(HttpRequest request)
    {
        try
        {
            IFormCollection form = await request.ReadFormAsync();
            bool isNumber = int.TryParse(
                form["quantity"], NumberStyles.Integer, CultureInfo.InvariantCulture, out int quantity);
            return (form["item"], isNumber ? quantity : null);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            // A form that cannot be read has no fields, and is refused for that with all they lack.
            return (null, null);
        }
    }

    private static async Task<(string? Item, int? Quantity)> ReadJsonAsync(HttpRequest request)
    {
        try
        {
            BasketInput? input = request.HasJsonContentType() ? await request.ReadFromJsonAsync<BasketInput>() : null;
            return (input?.Item, input?.Quantity);
        }
        catch (Exception exception) when (exception is JsonException or IOException or InvalidOperationException)
        {
            // As with a form.
            return (null, null);
        }
    }

    private sealed record BasketInput(string? Item, int? Quantity);
}
