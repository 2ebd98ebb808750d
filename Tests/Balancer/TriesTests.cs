using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Replication.AspNetCore;
using SessionCluster.Replication.AspNetCore.Security;

namespace SessionCluster.Tests.Balancer;

/// <summary>What each try of a request tells: to whoever looks at traces, and to the node that it goes to.</summary>
public sealed class TriesTests
{
    private const string NoProbes = "Balancer:ProbeInterval=00:01:00";
    private const string Secret = "a secret of the test's own cluster";

    [Fact]
    public async Task Each_try_is_a_span_with_its_node_and_its_reason_that_the_node_is_told()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "SessionCluster.Balancer",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using RawNode bad = RawNode.Start("traced1", RawNode.CloseAsync);
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(
            [await StubNode.StartAsync("traced2")], [bad], NoProbes);
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync("POST", 10, "traced1");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(
            ["traced1, try 1: connection_lost, Error", "traced2, try 2: answered, Unset"],
            spans.Select(static span => $"{span.GetTagItem("session_cluster.node")}, try "
                    + $"{span.GetTagItem("session_cluster.try")}: {span.GetTagItem("session_cluster.outcome")}, "
                    + span.Status)
                .Where(static told => told.StartsWith("traced", StringComparison.Ordinal)));
        string first = spans.First(static span => span.GetTagItem("session_cluster.node") as string == "traced1").Id!;
        Assert.Contains($"traceparent: {first}", bad.Heads.First(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("silent1", "timed_out, Error")]
    [InlineData("torn1", "broken_off, Error")]
    [InlineData("left1", "client_gone, Unset")]
    public async Task A_try_that_gave_no_whole_answer_is_not_called_answered(string node, string outcome)
    {
        using var impatience = new CancellationTokenSource();
        var ended = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "SessionCluster.Balancer",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                if (span.GetTagItem("session_cluster.node") as string == node)
                {
                    ended.TrySetResult($"{span.GetTagItem("session_cluster.outcome")}, {span.Status}");
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using RawNode only = RawNode.Start(node, async (socket, cancellation) =>
        {
            await (node == "torn1"
                ? RawNode.Say("HTTP/1.1 200 OK\nContent-Length: 100000\n\nabc")(socket, cancellation)
                : Task.WhenAll(
                    node == "left1" ? impatience.CancelAsync() : Task.CompletedTask,
                    RawNode.SilenceAsync(socket, cancellation)));
        });
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(
            [], [only], NoProbes, "Balancer:ActivityTimeout=00:00:01");
        using HttpClient client = balancer.Client(withCookies: false);

        try
        {
            using HttpResponseMessage response = await client.SendAsync("GET", 0, node, impatience.Token);
            Assert.Equal("silent1", node);
            Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        }
        catch (Exception broken) when (broken is HttpRequestException or OperationCanceledException)
        {
            Assert.NotEqual("silent1", node);
        }

        Assert.Equal(
            outcome, await ended.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_balancer_that_knows_the_secret_seals_the_key_with_the_number_of_the_try(bool isMember)
    {
        await using RawNode bad = RawNode.Start("node1", RawNode.CloseAsync);
        string[] membership =
            ["Replication:Node=balancer", "Replication:Role=Voter", $"Replication:Port={FreePorts.Next()}"];
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(
            bad,
            [
                NoProbes, "Replication:ClusterName=tried", $"Replication:Secret={Secret}",
                .. isMember ? membership : [],
            ]);
        using HttpClient client = balancer.Client(withCookies: false);

        using HttpResponseMessage response = await client.SendAsync("POST", 10, "node1");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var seal = new RequestKeySeal(new ClusterSecret(Secret, "tried"));
        Assert.True(balancer["node2"].Requests.TryDequeue(out RecordedRequest? second));
        Assert.True(seal.TryRead(second.Key!, out Guid key, out int number));
        Assert.Equal(2, number);
        Assert.Contains(
            $"Session-Cluster-Request-Key: {seal.Write(key, 1)}", bad.Heads.First(), StringComparison.Ordinal);
    }
}
