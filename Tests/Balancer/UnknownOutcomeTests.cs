using System.Net;
using Microsoft.AspNetCore.Http;

namespace SessionCluster.Tests.Balancer;

/// <summary>
/// A request that may have been executed, and whose method does not promise that twice is the same as once, goes to
/// another node only where that one can know of the first try.
/// </summary>
public sealed class UnknownOutcomeTests
{
    private const string NoProbes = "Balancer:ProbeInterval=00:01:00";
    private const string Created = "HTTP/1.1 201 Created\nContent-Length: 10\n";
    private const string Recorded = "Session-Outcome-Recorded: 1\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("POST", Created, false)]
    [InlineData("PATCH", Created, false)]
    [InlineData("POST", Created + Recorded, true)]
    [InlineData("PATCH", Created + Recorded, true)]
    [InlineData("PUT", Created, true)]
    [InlineData("GET", Created, true)]
    public async Task An_answer_that_breaks_off_is_asked_for_again_where_it_was_recorded(
        string method, string head, bool isSentAgain)
    {
        // Not by a reset, which could overtake the head.
        await using RawNode bad = RawNode.Start("node1", RawNode.Say(head + "\n"));
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(bad, NoProbes);
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync(method, 100, "node1");

        Assert.Single(bad.Heads);
        Assert.Equal(isSentAgain ? 1 : 0, balancer["node2"].Requests.Count);
        await (isSentAgain ? AssertAnsweredAsync(response) : AssertUnknownAsync(response));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("Replication:Secret=a secret of the test's own cluster", true)]
    public async Task A_client_without_a_session_can_be_recognised_by_a_sealed_key_alone(
        string secret, bool isSentAgain)
    {
        await using RawNode bad = RawNode.Start("node1", RawNode.CloseAsync);
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(bad, NoProbes, secret);
        using HttpClient client = balancer.Client(withCookies: false);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/");
        request.Headers.Add("Cookie", "SessionCluster.Route=node1");

        using HttpResponseMessage response = await client.SendAsync(request, Cancellation);

        Assert.Single(bad.Heads);
        Assert.Equal(isSentAgain ? 1 : 0, balancer["node2"].Requests.Count);
        await (isSentAgain ? AssertAnsweredAsync(response) : AssertUnknownAsync(response));
    }

    [Fact]
    public async Task What_nodes_say_of_their_records_reaches_no_client_and_comes_from_none()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1, NoProbes);
        balancer["node1"].Answer = static context =>
        {
            context.Response.Headers["Session-Outcome-Recorded"] = "1";
            return context.Response.WriteAsync("done");
        };
        using HttpClient client = balancer.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/");
        request.Headers.Add("Session-Outcome-Recorded", "1");

        using HttpResponseMessage response = await client.SendAsync(request, Cancellation);

        Assert.False(response.Headers.Contains("Session-Outcome-Recorded"));
        Assert.False(Assert.Single(balancer["node1"].Requests).Headers.ContainsKey("Session-Outcome-Recorded"));
    }

    private static async Task AssertAnsweredAsync(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("node2", await response.Content.ReadAsStringAsync(Cancellation));
    }

    private static async Task AssertUnknownAsync(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
        Assert.Contains("may or may not have been executed", await response.Content.ReadAsStringAsync(Cancellation),
            StringComparison.Ordinal);
    }
}
