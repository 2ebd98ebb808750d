using System.Net.Sockets;

namespace SessionCluster.Tests.Balancer;

/// <summary>A node reads the path that the client wrote, and no path that is closed at the balancer.</summary>
public sealed class RawPathTests
{
    private const string NoProbes = "Balancer:ProbeInterval=00:01:00";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/a%2fb", "GET /a%2fb HTTP/1.1")]
    [InlineData("/a%2Fb/%C3%A4?x=%2f&y=1", "GET /a%2Fb/%C3%A4?x=%2f&y=1 HTTP/1.1")]
    [InlineData("/a%252fb", "GET /a%252fb HTTP/1.1")]
    [InlineData("/a%20b?x=%2f", "GET /a%20b?x=%2f HTTP/1.1")]
    public async Task A_path_arrives_as_it_was_written(string target, string line)
    {
        await using RawNode node = RawNode.Start("node1", RawNode.Say("HTTP/1.1 204 No Content\n\n"));
        await using var balancer = await BalancerUnderTest.StartBeforeAsync([], [node], NoProbes);

        Assert.StartsWith("HTTP/1.1 204 ", await AskAsync(balancer.Address, target), StringComparison.Ordinal);
        Assert.StartsWith(line, Assert.Single(node.Heads), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/%2f/../_node")]
    [InlineData("/%2f/%2e%2e/_node/drain")]
    [InlineData(@"/%2f\..\..\_node/drain")]
    [InlineData(@"/%2f\_node")]
    [InlineData("/_node/%2f")]
    [InlineData("/_node%2f")]
    public async Task No_slash_opens_what_nodes_say_of_themselves(string target)
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1, NoProbes);
        balancer["node1"].Report = new { secret = true };

        string answer = await AskAsync(balancer.Address, target);

        Assert.DoesNotContain("secret", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(balancer["node1"].Requests, static request =>
            request.Path.StartsWith("/_node/", StringComparison.Ordinal) || request.Path == "/_node");
    }

    /// <summary>The whole answer to a target that no client library would send as it is.</summary>
    private static async Task<string> AskAsync(Uri balancer, string target)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(balancer.Host, balancer.Port, Cancellation);
        await using NetworkStream stream = socket.GetStream();
        await using var writer = new StreamWriter(stream);
        await writer.WriteAsync($"GET {target} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
        await writer.FlushAsync(Cancellation);
        using var answer = new StreamReader(stream);
        return await answer.ReadToEndAsync(Cancellation);
    }
}
