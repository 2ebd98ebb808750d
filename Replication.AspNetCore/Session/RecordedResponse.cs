using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// An answer as it is kept with the session: status, headers, body. It travels with each write, so it is short: usual
/// headers are one byte.
/// </summary>
/// <remarks>
/// Layout: status (2 bytes, low byte first) · number of headers · the headers · the body. A header is the place of a
/// whole line or of a name in the tables below, or 255 and the name, then the value. Texts carry their length in 7-bit
/// groups before them. New entries of the tables come last: nodes of two versions may read each other's.
/// </remarks>
internal readonly record struct RecordedResponse(
    int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body)
{
    private const byte OtherName = 255;
    private const int FirstName = 64;

    /// <summary>Headers that belong to one connection or are made anew for each response.</summary>
    private static readonly FrozenSet<string> NotKept = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.ProxyAuthenticate, HeaderNames.ProxyConnection,
        HeaderNames.TE, HeaderNames.Trailer, HeaderNames.TransferEncoding, HeaderNames.Upgrade, HeaderNames.AltSvc,
        HeaderNames.ContentLength, HeaderNames.Date, HeaderNames.Server,
        ReplicationHeaders.Route, ReplicationHeaders.Lost, ReplicationHeaders.NotExecuted,
        ReplicationHeaders.OutcomeRecorded);

    private static readonly KeyValuePair<string, string>[] Lines =
    [
        new(HeaderNames.ContentType, "application/json; charset=utf-8"),
        new(HeaderNames.ContentType, "text/html; charset=utf-8"),
        new(HeaderNames.ContentType, "text/plain; charset=utf-8"),
        new(HeaderNames.ContentType, "application/problem+json"),
        new(HeaderNames.CacheControl, "no-store"),
        new(HeaderNames.CacheControl, "no-cache,no-store"),
        new(HeaderNames.CacheControl, "no-cache, no-store"),
        new(HeaderNames.Pragma, "no-cache"),
        new(HeaderNames.Expires, "-1"),
        new(HeaderNames.Location, "/"),
    ];

    private static readonly string[] Names =
    [
        HeaderNames.ContentType, HeaderNames.CacheControl, HeaderNames.Location, HeaderNames.SetCookie,
        HeaderNames.ETag, HeaderNames.LastModified, HeaderNames.Vary, HeaderNames.ContentLanguage,
        HeaderNames.ContentEncoding, HeaderNames.RetryAfter,
    ];

    /// <summary>The answer in bytes; nothing where they would be more than <paramref name="maximum"/>.</summary>
    public static byte[] Encode(HttpResponse response, ReadOnlySpan<byte> body, int maximum)
    {
        if (body.Length > maximum)
        {
            return [];
        }

        var bytes = new ArrayBufferWriter<byte>(body.Length + 64);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.GetSpan(sizeof(ushort)), (ushort)response.StatusCode);
        bytes.Advance(sizeof(ushort));
        List<KeyValuePair<string, string>>? headers = Kept(response.Headers);
        WriteNumber(bytes, headers?.Count ?? 0);
        for (int index = 0; index < headers?.Count; index++)
        {
            WriteHeader(bytes, headers[index].Key, headers[index].Value);
        }

        bytes.Write(body);
        return bytes.WrittenCount <= maximum ? bytes.WrittenSpan.ToArray() : [];
    }

    /// <summary>Reads what <see cref="Encode"/> has written; nothing where it cannot be read.</summary>
    public static RecordedResponse? Decode(ReadOnlyMemory<byte> bytes)
    {
        var reader = new SequenceReader<byte>(new ReadOnlySequence<byte>(bytes));
        if (!reader.TryReadLittleEndian(out short status) || !TryReadNumber(ref reader, out int count))
        {
            return null;
        }

        var headers = new List<KeyValuePair<string, string>>();
        for (; count > 0; count--)
        {
            if (!TryReadHeader(ref reader, out KeyValuePair<string, string> header))
            {
                return null;
            }

            headers.Add(header);
        }

        return new RecordedResponse((ushort)status, headers, bytes[(int)reader.Consumed..]);
    }

    /// <summary>The headers that are kept; null where there are none.</summary>
    private static List<KeyValuePair<string, string>>? Kept(IHeaderDictionary headers)
    {
        List<KeyValuePair<string, string>>? kept = null;
        foreach ((string name, StringValues values) in headers)
        {
            for (int index = 0; index < values.Count && !NotKept.Contains(name); index++)
            {
                (kept ??= []).Add(new(name, values[index] ?? ""));
            }
        }

        return kept;
    }

    private static void WriteHeader(ArrayBufferWriter<byte> bytes, string name, string value)
    {
        int line = PlaceOfLine(name, value);
        int place = line >= 0 ? line : FirstName + PlaceOfName(name);
        bool isOther = place < FirstName && line < 0;
        bytes.Write([isOther ? OtherName : (byte)place]);
        if (isOther)
        {
            WriteText(bytes, name);
        }

        if (line < 0)
        {
            WriteText(bytes, value);
        }
    }

    private static int PlaceOfLine(string name, string value)
    {
        int place = Lines.Length - 1;
        while (place >= 0 && !(Lines[place].Value == value && Same(Lines[place].Key, name)))
        {
            place--;
        }

        return place;
    }

    private static int PlaceOfName(string name)
    {
        int place = Names.Length - 1;
        while (place >= 0 && !Same(Names[place], name))
        {
            place--;
        }

        return place;
    }

    private static bool TryReadHeader(ref SequenceReader<byte> reader, out KeyValuePair<string, string> header)
    {
        header = default;
        if (!reader.TryRead(out byte place))
        {
            return false;
        }

        if (place < Lines.Length)
        {
            header = Lines[place];
            return true;
        }

        string? name = place is >= FirstName and < OtherName && place - FirstName < Names.Length
            ? Names[place - FirstName]
            : null;
        if ((name is null && (place != OtherName || !TryReadText(ref reader, out name)))
            || !TryReadText(ref reader, out string? value))
        {
            return false;
        }

        header = new(name!, value!);
        return true;
    }

    private static bool Same(string left, string right) => left.Equals(right, StringComparison.OrdinalIgnoreCase);

    private static void WriteText(ArrayBufferWriter<byte> bytes, string text)
    {
        WriteNumber(bytes, Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, bytes);
    }

    private static bool TryReadText(ref SequenceReader<byte> reader, out string? text)
    {
        text = null;
        if (!TryReadNumber(ref reader, out int length) || length > reader.Remaining)
        {
            return false;
        }

        text = Encoding.UTF8.GetString(reader.UnreadSequence.Slice(0, length));
        reader.Advance(length);
        return true;
    }

    private static void WriteNumber(ArrayBufferWriter<byte> bytes, int number)
    {
        for (; number >= 0x80; number >>= 7)
        {
            bytes.Write([(byte)(number | 0x80)]);
        }

        bytes.Write([(byte)number]);
    }

    private static bool TryReadNumber(ref SequenceReader<byte> reader, out int number)
    {
        number = 0;
        for (int shift = 0; shift < 28 && reader.TryRead(out byte group); shift += 7)
        {
            number |= (group & 0x7F) << shift;
            if (group < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
