using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>
/// The small application of most tests here: stock session calls; of the library's own only what a test is about.
/// </summary>
internal static class SessionApp
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/set/{key}/{value}", (HttpContext context, string key, string value) =>
        {
            context.Session.SetString(key, value);
            return "set";
        });
        app.MapGet("/get/{key}", (HttpContext context, string key) => context.Session.GetString(key) ?? "(none)");
        app.MapGet("/keys", (HttpContext context) =>
            string.Join(' ', context.Session.Keys.Order(StringComparer.Ordinal)));
        app.MapGet("/id", (HttpContext context) => context.Session.Id);
        app.MapGet("/remove/{key}", (HttpContext context, string key) => context.Session.Remove(key));
        app.MapGet("/clear", (HttpContext context) => context.Session.Clear());
        app.MapGet("/rotate", (HttpContext context) => context.RotateIdAsync());
        app.MapGet("/destroy", (HttpContext context) => context.DestroySessionAsync());
        app.MapGet("/raise", Raise).RequireExclusiveSession();
        app.MapGet("/fail/{key}/{value}", (HttpContext context, string key, string value) =>
        {
            context.Session.SetString(key, value);
            throw new InvalidOperationException("The application fails on purpose.");
        });
    }

    /// <summary>Reads the counter, computes and writes.</summary>
    public static string Raise(HttpContext context)
    {
        string raised = $"{CountOf(context) + 1}";
        context.Session.SetString("count", raised);
        return raised;
    }

    public static int CountOf(HttpContext context) =>
        int.Parse(context.Session.GetString("count")!, CultureInfo.InvariantCulture);
}
