using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SessionCluster.Tests.Balancer;

/// <summary>A node that can misbehave at any byte: it speaks HTTP/1.1 by hand on a socket of its own.</summary>
internal sealed class RawNode : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Socket> _open = [];

    private RawNode(string name) => Name = name;

    public string Name { get; }

    public string Address => $"http://{_listener.LocalEndpoint}";

    /// <summary>Whether it takes connections and then says nothing at all, as a stopped process does.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>The heads of the requests that were not probes.</summary>
    public ConcurrentQueue<string> Heads { get; } = new();

    /// <summary>What happens once a request's head has come. Returning closes the connection.</summary>
    public required Func<Socket, CancellationToken, Task> Answer { get; init; }

    public static RawNode Start(string name, Func<Socket, CancellationToken, Task> answer)
    {
        var node = new RawNode(name) { Answer = answer };
        node._listener.Start();
        _ = node.AcceptAsync();
        return node;
    }

    /// <summary>The connection ends at once, by a reset.</summary>
    public static Task ResetAsync(Socket socket, CancellationToken cancellation)
    {
        socket.LingerState = new LingerOption(true, 0);
        return Task.CompletedTask;
    }

    /// <summary>The connection ends in good order, without a response.</summary>
    public static Task CloseAsync(Socket socket, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>No response, ever.</summary>
    public static Task SilenceAsync(Socket socket, CancellationToken cancellation) =>
        Task.Delay(Timeout.Infinite, cancellation);

    /// <summary>Sends these bytes and closes.</summary>
    public static Func<Socket, CancellationToken, Task> Say(string text) => async (socket, cancellation) =>
        await socket.SendAsync(Encoding.ASCII.GetBytes(text.ReplaceLineEndings("\r\n")), cancellation);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        foreach (Socket socket in _open)
        {
            socket.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync(_end.Token));
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        _open.Add(socket);
        try
        {
            using (socket)
            {
                string head = await ReadHeadAsync(socket);
                if (IsFrozen)
                {
                    await SilenceAsync(socket, _end.Token);
                }
                else if (head.StartsWith("GET /health ", StringComparison.Ordinal)
                    || head.StartsWith("GET /alive ", StringComparison.Ordinal))
                {
                    await Say("HTTP/1.1 200 OK\nContent-Length: 0\nConnection: close\n\n")(socket, _end.Token);
                }
                else
                {
                    Heads.Enqueue(head);
                    await Answer(socket, _end.Token);
                }
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The balancer has had enough, or the test is over.
        }
    }

    private async Task<string> ReadHeadAsync(Socket socket)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal)
            && await socket.ReceiveAsync(one, _end.Token) > 0)
        {
            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
