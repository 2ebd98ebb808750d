using System.Buffers.Binary;
using Microsoft.Extensions.Options;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.WebNode;

/// <summary>
/// For load and fault tests: numbered writes whose loss can be seen. Mapped with <c>Probe:Enabled=true</c> only.
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
            app.MapPost("/probe/{number:long}", Write);
            app.MapGet("/probe", Read);
        }
    }

    private static IResult Write(HttpContext context, IOptions<ReplicationOptions> options, long number, int bytes = 0)
    {
        if (bytes is < 0 or > BytesMaximum)
        {
            return Results.ValidationProblem(new Dictionary<string, string[]>
            {
                ["bytes"] = [$"From 0 to {BytesMaximum}."],
            });
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
