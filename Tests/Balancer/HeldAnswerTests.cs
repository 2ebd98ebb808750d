using System.Net;
using Microsoft.AspNetCore.Http;
using SessionCluster.Balancer.Failover;

namespace SessionCluster.Tests.Balancer;

/// <summary>
/// A node may die between the first part of its answer and the end. Of a short answer the client has seen nothing by
/// then, so the request moves; one that somebody waits for part by part is not held up for that.
/// </summary>
public sealed class HeldAnswerTests
{
    private const string NoProbes = "Balancer:ProbeInterval=00:01:00";
    private const string Ok = "HTTP/1.1 200 OK\n";
    private const string Recorded = "Session-Outcome-Recorded: 1\n";

    /// <summary>All that the application has written, and not the end: what a flush at the end leaves.</summary>
    private const string WithoutEnd = "Transfer-Encoding: chunked\n\n3\nabc\n";
    private const string Half = "Content-Length: 6\n\nabc";
    private static readonly TimeSpan MuchMore = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", Ok + WithoutEnd, HttpStatusCode.OK)]
    [InlineData("GET", Ok + Half, HttpStatusCode.OK)]
    [InlineData("PUT", Ok + WithoutEnd, HttpStatusCode.OK)]
    [InlineData("POST", Ok + Recorded + WithoutEnd, HttpStatusCode.OK)]
    [InlineData("POST", Ok + Recorded + Half, HttpStatusCode.OK)]
    [InlineData("POST", Ok + WithoutEnd, HttpStatusCode.BadGateway)]
    [InlineData("POST", Ok + Half, HttpStatusCode.BadGateway)]
    public async Task A_short_answer_that_breaks_off_reaches_nobody(string method, string said, HttpStatusCode status)
    {
        await using RawNode bad = RawNode.Start("node1", RawNode.Say(said));
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(bad, NoProbes);
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync(method, 10, "node1");

        Assert.Equal(status, response.StatusCode);
        Assert.Single(bad.Heads);
        Assert.Equal(status == HttpStatusCode.OK ? 1 : 0, balancer["node2"].Requests.Count);
    }

    [Theory]
    [InlineData("Content-Length: 70000\n\n")]
    [InlineData("Transfer-Encoding: chunked\n\n11170\n")]
    public async Task A_long_answer_flows_and_its_client_sees_that_it_breaks_off(string head)
    {
        string most = new('a', WatchedBody.HeldMaximum);
        await using RawNode bad = RawNode.Start("node1", RawNode.Say(Ok + head + most));
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(bad, NoProbes);
        using HttpClient client = balancer.Client(withCookies: false);

        await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync("GET", 0, "node1"));

        Assert.Empty(balancer["node2"].Requests);
    }

    [Fact]
    public async Task What_a_living_node_has_said_before_a_pause_reaches_the_client_in_the_pause()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1);
        var seen = new TaskCompletionSource();
        balancer["node1"].Answer = async context =>
        {
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();
            await seen.Task.WaitAsync(MuchMore);
            await context.Response.WriteAsync(", second");
        };
        using HttpClient client = balancer.Client();
        using var body = new StreamReader(await client.GetStreamAsync("/", Cancellation));

        char[] first = new char[5];
        await body.ReadBlockAsync(first, Cancellation).AsTask().WaitAsync(MuchMore, Cancellation);
        seen.SetResult();

        Assert.Equal("first", new string(first));
        Assert.Equal(", second", await body.ReadToEndAsync(Cancellation));
    }

    [Fact]
    public async Task Whoever_leaves_in_the_pause_takes_the_request_along()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1);
        var gone = new TaskCompletionSource();
        balancer["node1"].Answer = async context =>
        {
            context.RequestAborted.Register(gone.SetResult);
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();
            await gone.Task.WaitAsync(MuchMore);
        };
        using HttpClient client = balancer.Client();

        using (await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, Cancellation))
        {
        }

        await gone.Task.WaitAsync(MuchMore, Cancellation);
        balancer["node1"].Answer = static context => context.Response.WriteAsync("next");
        Assert.Equal("next", await client.GetStringAsync("/", Cancellation));
    }

    [Fact]
    public async Task What_never_pauses_is_not_held_until_it_is_long()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1);
        var seen = new TaskCompletionSource();
        balancer["node1"].Answer = async context =>
        {
            while (!seen.Task.IsCompleted && !context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync("word ");
                await context.Response.Body.FlushAsync();

                // Its pace: shorter than the pause that would release the answer, and so slow that it never gets long.
                await Task.WhenAny(seen.Task, Task.Delay(5));
            }
        };
        using HttpClient client = balancer.Client();

        using HttpResponseMessage response = await client
            .GetAsync("/", HttpCompletionOption.ResponseHeadersRead, Cancellation).WaitAsync(MuchMore, Cancellation);
        seen.SetResult();

        Assert.StartsWith("word ", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0L, "text/html", (int)BodyHold.UntilWhole)]
    [InlineData(65_536L, "text/html", (int)BodyHold.UntilWhole)]
    [InlineData(65_537L, "text/html", (int)BodyHold.None)]
    [InlineData(null, "text/html", (int)BodyHold.UntilRest)]
    [InlineData(null, null, (int)BodyHold.UntilRest)]
    [InlineData(null, "text/event-stream", (int)BodyHold.None)]
    [InlineData(null, "Text/Event-Stream; charset=utf-8", (int)BodyHold.None)]
    public void What_is_held_follows_from_the_head(long? length, string? type, int hold)
    {
        using var content = new StreamContent(new Unmeasured());
        content.Headers.ContentLength = length;
        if (type is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        Assert.Equal((BodyHold)hold, BodyHolds.Of(content.Headers));
    }

    /// <summary>A stream whose length nobody knows.</summary>
    private sealed class Unmeasured : MemoryStream
    {
        public override bool CanSeek => false;
    }
}
