using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace SessionCluster.Tests.Balancer;

/// <summary>Who has reached the balancer before its end is answered; who comes later is refused.</summary>
public sealed class StoppingTests
{
    private const string MuchPatience = "Balancer:FirstRequestTimeout=00:01:00";
    private const string LittlePatience = "Balancer:FirstRequestTimeout=00:00:00.2";
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_that_has_just_connected_is_served_and_one_that_rests_is_not_waited_for()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1, MuchPatience);
        using TcpClient resting = await ConnectAsync(balancer);
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(resting, "first"), StringComparison.Ordinal);
        using TcpClient fresh = await ConnectAsync(balancer);

        Task end = balancer.StopAsync();
        await HasEndedAsync(resting);

        string answer = await AskAsync(fresh, "last");
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
        Assert.Equal(["/first", "/last"], balancer["node1"].Requests.Select(request => request.Path));
        await end.WaitAsync(Bound, Cancellation);
        var refusal = await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(balancer));
        Assert.Equal(SocketError.ConnectionRefused, refusal.SocketErrorCode);
    }

    [Fact]
    public async Task A_client_that_connects_and_says_nothing_holds_the_end_for_its_time_only()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1, LittlePatience);
        using TcpClient silent = await ConnectAsync(balancer);

        await balancer.StopAsync().WaitAsync(Bound, Cancellation);

        await HasEndedAsync(silent);
    }

    [Fact]
    public async Task Connections_that_stand_in_the_queue_are_accepted_before_it_ends()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1, MuchPatience);
        IConnectionListenerFactory factory = balancer.Services.GetServices<IConnectionListenerFactory>().Last();
        await using IConnectionListener listener =
            await factory.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancellation);
        using TcpClient first = await ConnectAsync((IPEndPoint)listener.EndPoint);
        using TcpClient second = await ConnectAsync((IPEndPoint)listener.EndPoint);

        Task end = listener.UnbindAsync(Cancellation).AsTask();

        await using ConnectionContext? one = await listener.AcceptAsync(Cancellation);
        await using ConnectionContext? two = await listener.AcceptAsync(Cancellation);
        Assert.Equal(first.Client.LocalEndPoint, one?.RemoteEndPoint);
        Assert.Equal(second.Client.LocalEndPoint, two?.RemoteEndPoint);
        await end.WaitAsync(Bound, Cancellation);
        Assert.Null(await listener.AcceptAsync(Cancellation));
    }

    private static Task<TcpClient> ConnectAsync(BalancerUnderTest balancer) =>
        ConnectAsync(IPEndPoint.Parse(balancer.Address.Authority));

    private static async Task<TcpClient> ConnectAsync(IPEndPoint address)
    {
        var client = new TcpClient(AddressFamily.InterNetwork);
        await client.ConnectAsync(address, Cancellation);
        return client;
    }

    /// <summary>Sends a request and reads its answer, to the last chunk.</summary>
    private static async Task<string> AskAsync(TcpClient client, string what)
    {
        string request = $"POST /{what} HTTP/1.1\r\nHost: here\r\nContent-Length: 0\r\n\r\n";
        await client.Client.SendAsync(Encoding.ASCII.GetBytes(request), Cancellation);
        byte[] part = new byte[1000];
        var answer = new StringBuilder();
        while (!answer.ToString().EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal)
            && await ReceiveAsync(client, part) is var length and > 0)
        {
            answer.Append(Encoding.ASCII.GetString(part, 0, length));
        }

        return answer.ToString();
    }

    private static async Task HasEndedAsync(TcpClient client) =>
        Assert.Equal(0, await ReceiveAsync(client, new byte[1]));

    private static Task<int> ReceiveAsync(TcpClient client, byte[] buffer) =>
        client.Client.ReceiveAsync(buffer, Cancellation).AsTask().WaitAsync(Bound, Cancellation);
}
