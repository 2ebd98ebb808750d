using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Extensions.Options;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.WebNode;

/// <summary>
/// For load and fault tests: numbered writes whose loss can be seen, and plain ones whose cost can. Mapped with
/// <c>Probe:Enabled=true</c> only.
/// </summary>
internal static class ProbeEndpoints
{
    private const int BytesMaximum = 1_000_000;
    private const string LastKey = "probe/last";
    private const string CountKey = "probe/count";
    private const string BytesKey = "probe/bytes";

    public static void MapProbe(this WebApplication app)
    {
        if (app.Configuration.GetValue<bool>("Probe:Enabled"))
        {
            app.MapPost("/probe/{number:long}", WriteAsync);
            app.MapGet("/probe", Read);
            app.MapPost("/probe/end", EndAsync);
            app.MapPost("/probe/values/{key}", WriteValueAsync);
            app.MapGet("/probe/values/{key}", ReadValue);
        }
    }

    /// <summary>Changes one value of the session and nothing else; the plainest write there is.</summary>
    private static async Task<IResult> WriteValueAsync(HttpContext context, string key, int bytes)
    {
        if (context.Request.ContentLength > 0)
        {
            // What it says does not matter, but whoever sends a body is asked for it, as by any form.
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        }

        if (bytes is < 0 or > BytesMaximum)
        {
            return RefuseBytes();
        }

        byte[] value = new byte[bytes];
        Random.Shared.NextBytes(value);
        context.Session.Set(key, value);
        return Results.NoContent();
    }

    /// <summary>Tells how many bytes a value of the session has.</summary>
    private static IResult ReadValue(HttpContext context, string key) =>
        context.Session.TryGetValue(key, out byte[]? value)
            ? Results.Text(value.Length.ToString(CultureInfo.InvariantCulture))
            : Results.NotFound();

    /// <summary>Writes a number, and under a new key where that is asked for, as after a sign-in.</summary>
    private static async Task<IResult> WriteAsync(
        HttpContext context, IOptions<ReplicationOptions> options, long number, int bytes = 0, bool rotate = false)
    {
        if (bytes is < 0 or > BytesMaximum)
        {
            return RefuseBytes();
        }

        if (rotate)
        {
            await context.RotateIdAsync();
        }

        ISession session = context.Session;
        long? previous = ReadNumber(session, LastKey);
        long count = (ReadNumber(session, CountKey) ?? 0) + 1;
        WriteNumber(session, LastKey, number);
        WriteNumber(session, CountKey, count);
        session.Set(BytesKey, new byte[bytes]);
        return Results.Json(Describe(context, options, previous, number, count, bytes));
    }

    private static IResult Read(HttpContext context, IOptions<ReplicationOptions> options)
    {
        ISession session = context.Session;
        long? last = ReadNumber(session, LastKey);
        int bytes = session.TryGetValue(BytesKey, out byte[]? value) ? value.Length : 0;
        return Results.Json(Describe(context, options, last, last, ReadNumber(session, CountKey) ?? 0, bytes));
    }

    /// <summary>Ends the session, as a sign-out does, and tells what it has been.</summary>
    private static async Task<IResult> EndAsync(HttpContext context, IOptions<ReplicationOptions> options)
    {
        IResult last = Read(context, options);
        await context.DestroySessionAsync();
        return last;
    }

    private static IResult RefuseBytes() => Results.ValidationProblem(new Dictionary<string, string[]>
    {
        ["bytes"] = [$"From 0 to {BytesMaximum}."],
    });

    private static ProbeAnswer Describe(
        HttpContext context, IOptions<ReplicationOptions> options, long? previous, long? last, long count, int bytes)
    {
        bool isNew = context.Features.Get<IReplicatedSessionFeature>()?.IsNew ?? false;
        return new ProbeAnswer(options.Value.Node, context.Session.Id, isNew, previous, last, count, bytes);
    }

    private static long? ReadNumber(ISession session, string key) =>
        session.TryGetValue(key, out byte[]? value) ? BinaryPrimitives.ReadInt64BigEndian(value) : null;

    private static void WriteNumber(ISession session, string key, long number)
    {
        byte[] value = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(value, number);
        session.Set(key, value);
    }

    private sealed record ProbeAnswer(
        string Node, string Session, bool IsNew, long? Previous, long? Last, long Count, int Bytes);
}
