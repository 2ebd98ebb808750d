using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SessionCluster.Benchmarks.Load;

/// <summary>
/// One keep-alive connection with one client's cookies: a request leaves when the answer to the one before is whole.
/// </summary>
internal sealed class LoadConnection : IDisposable
{
    private const int BufferBytes = 64 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly Dictionary<string, string> _cookies = new(StringComparer.Ordinal);
    private byte[] _request = [];
    private int _filled;
    private long _sentAt;

    public LoadConnection(int port)
    {
        Socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Socket.Connect(IPAddress.Loopback, port);
    }

    public Socket Socket { get; }

    /// <summary>The status of the latest whole answer.</summary>
    public int Status { get; private set; }

    /// <summary>
    /// Sends one request, waits for its answer, and keeps the cookies that it sets, as a browser does.
    /// </summary>
    /// <returns>The answer's body.</returns>
    public string Exchange(string method, string path)
    {
        Socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        Use(new RequestTemplate(method, path));
        Send();
        int headLength;
        while (!Receive(out headLength))
        {
            // The next piece of the same answer.
        }

        string head = Encoding.ASCII.GetString(_buffer, 0, headLength);
        string body = Encoding.UTF8.GetString(_buffer, headLength, _filled - headLength);
        KeepCookies(head);
        if (Status is < 200 or > 299)
        {
            throw new InvalidOperationException($"{method} {path} was answered with {Status}: {body}");
        }

        return body;
    }

    /// <summary>The same client at another port, with its cookies as they are now.</summary>
    public LoadConnection MoveTo(int port)
    {
        var moved = new LoadConnection(port);
        foreach ((string name, string value) in _cookies)
        {
            moved._cookies.Add(name, value);
        }

        return moved;
    }

    /// <summary>Makes the bytes of all requests to come, with the client's cookies as they are now.</summary>
    public void Use(RequestTemplate template) => _request = template.Encode(_cookies);

    /// <summary>Sends the next request.</summary>
    public void Send()
    {
        _filled = 0;
        _sentAt = Stopwatch.GetTimestamp();
        Socket.Send(_request);
    }

    /// <summary>Takes what has come; blocks where nothing has.</summary>
    /// <returns>Whether the answer is whole.</returns>
    /// <exception cref="IOException">The connection was closed.</exception>
    public bool Receive(out int headLength)
    {
        int count = Socket.Receive(_buffer.AsSpan(_filled));
        if (count == 0)
        {
            throw new IOException("The connection was closed before the answer was whole.");
        }

        _filled += count;
        bool isWhole = ResponseReader.IsWhole(_buffer.AsSpan(0, _filled), out int status, out headLength);
        Status = isWhole ? status : Status;
        return isWhole;
    }

    /// <summary>How long the latest request has taken until now.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_sentAt);

    public void Dispose() => Socket.Dispose();

    private void KeepCookies(string head)
    {
        const string Field = "set-cookie: ";
        foreach (string line in head.Split("\r\n"))
        {
            if (line.StartsWith(Field, StringComparison.OrdinalIgnoreCase))
            {
                string[] pair = line[Field.Length..].Split(';')[0].Split('=', 2);
                _cookies[pair[0]] = pair[1];
            }
        }
    }
}
