using System.Globalization;
using System.Text;

namespace SessionCluster.Benchmarks.Load;

/// <summary>One request as bytes on the wire, made once and sent many times.</summary>
internal sealed class RequestTemplate(string method, string path, int bodyBytes = 0)
{
    /// <summary>A request that changes or reads the session that <paramref name="cookies"/> name.</summary>
    public byte[] Encode(IReadOnlyDictionary<string, string> cookies)
    {
        var head = new StringBuilder();
        head.Append(method).Append(' ').Append(path).Append(" HTTP/1.1\r\nHost: localhost\r\n");
        if (method != "GET")
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {bodyBytes}\r\n");
        }

        if (cookies.Count > 0)
        {
            head.Append("Cookie: ")
                .AppendJoin("; ", cookies.Select(static cookie => $"{cookie.Key}={cookie.Value}"))
                .Append("\r\n");
        }

        return Encoding.ASCII.GetBytes(head.Append("\r\n").Append(' ', bodyBytes).ToString());
    }
}
