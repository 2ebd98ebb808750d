using System.Buffers.Text;

namespace SessionCluster.Benchmarks.Load;

/// <summary>
/// Finds where an HTTP/1.1 response ends, and its status. It knows that the next response comes only when asked for, so
/// whatever has come belongs to this one.
/// </summary>
internal static class ResponseReader
{
    private static ReadOnlySpan<byte> HeadEnd => "\r\n\r\n"u8;

    private static ReadOnlySpan<byte> LastChunk => "0\r\n\r\n"u8;

    /// <summary>Whether a whole response has come.</summary>
    /// <param name="received">What has come so far.</param>
    /// <param name="status">Its status code.</param>
    /// <param name="headLength">The length of its head, blank line included.</param>
    public static bool IsWhole(ReadOnlySpan<byte> received, out int status, out int headLength)
    {
        status = 0;
        headLength = received.IndexOf(HeadEnd) + HeadEnd.Length;
        if (headLength < HeadEnd.Length)
        {
            return false;
        }

        ReadOnlySpan<byte> head = received[..headLength];
        _ = Utf8Parser.TryParse(head["HTTP/1.1 ".Length..], out status, out _);
        int bodyLength = received.Length - headLength;
        if (FindHeader(head, "\r\ncontent-length: "u8, "\r\nContent-Length: "u8) is { IsEmpty: false } length)
        {
            return Utf8Parser.TryParse(length, out int expected, out _) && bodyLength >= expected;
        }

        bool hasBody = FindHeader(head, "\r\ntransfer-encoding: "u8, "\r\nTransfer-Encoding: "u8) is { IsEmpty: false };
        return !hasBody || received[headLength..].EndsWith(LastChunk);
    }

    private static ReadOnlySpan<byte> FindHeader(
        ReadOnlySpan<byte> head, ReadOnlySpan<byte> lowerCase, ReadOnlySpan<byte> titleCase)
    {
        int at = head.IndexOf(titleCase);
        at = at >= 0 ? at : head.IndexOf(lowerCase);
        return at < 0 ? [] : head[(at + titleCase.Length)..];
    }
}
