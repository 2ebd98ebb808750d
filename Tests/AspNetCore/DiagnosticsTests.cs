using System.Net;
using System.Text.Json;
using SessionCluster.Replication;

namespace SessionCluster.Tests.AspNetCore;

public sealed class DiagnosticsTests
{
    [Fact]
    public async Task A_node_describes_itself_and_counts_its_clients_requests()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/a/1");
        await browser.GetAsync(1, "/get/a");
        await browser.GetAsync(1, "/health");
        await browser.GetAsync(1, "/_node");
        using JsonDocument node = JsonDocument.Parse(await browser.GetAsync(1, "/_node"));
        JsonElement root = node.RootElement;
        Assert.Equal("node1", root.GetProperty("name").GetString());
        Assert.Equal(Environment.ProcessId, root.GetProperty("processId").GetInt32());
        Assert.Equal("backup", root.GetProperty("mode").GetString());
        Assert.Equal("node", root.GetProperty("role").GetString());
        Assert.Equal("up", root.GetProperty("status").GetString());
        Assert.True(root.GetProperty("ready").GetBoolean());
        Assert.Equal(2, root.GetProperty("requests").GetInt64());
        Assert.Equal(1, root.GetProperty("sessions").GetProperty("primary").GetInt32());
        Assert.Equal(0, root.GetProperty("sessions").GetProperty("backup").GetInt32());
        Assert.Equal(0, root.GetProperty("unprotected").GetInt32());
        Assert.True(root.GetProperty("incarnation").GetInt64() > 0);
        Assert.True(root.GetProperty("view").GetInt64() > 0);
        Assert.True(root.GetProperty("bytes").GetInt64() > 0);
    }

    [Fact]
    public async Task A_node_lists_its_copies_and_looking_moves_nothing()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/a/1");
        string id = await browser.GetAsync(1, "/id");
        using JsonDocument backup = JsonDocument.Parse(await browser.GetAsync(2, "/_node/sessions"));
        using JsonDocument primary = JsonDocument.Parse(await browser.GetAsync(1, "/_node/sessions"));
        AssertCopy(primary, "node1", id, "primary");
        AssertCopy(backup, "node2", id, "backup");
        Assert.True(Assert.Single(await cluster.CopiesAsync(1)).IsPrimary);
    }

    [Fact]
    public async Task A_node_is_unhealthy_from_the_moment_it_drains()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/health");
        await browser.GetAsync(1, "/set/a/1");
        Assert.True(cluster[1].Loop.TryPost(new StartDrain()));
        await TestCluster.UntilAsync(
            () => cluster[1].Loop.Drained.IsCompleted, () => "it has drained: " + cluster.Describe());
        Drained drained = await cluster[1].Loop.Drained;
        using HttpResponseMessage health = await browser.SendAsync(1, HttpMethod.Get, "/health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        Assert.Equal(1, drained.Sessions);
        Assert.Equal("1", await browser.GetAsync(2, "/get/a"));
    }

    [Fact]
    public async Task A_stopped_host_hands_over_what_it_held()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(3, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/a/1");
        await cluster[1].App.StopAsync(TestContext.Current.CancellationToken);
        await TestCluster.UntilAsync(() => cluster[2].Loop.Snapshot.Members == 2, "node1 has left");
        Assert.Equal("1", await browser.GetAsync(2, "/get/a"));
        Assert.Equal(2, (await cluster.CopiesAsync(2)).Length + (await cluster.CopiesAsync(3)).Length);
    }

    private static void AssertCopy(JsonDocument document, string node, string id, string role)
    {
        Assert.Equal(node, document.RootElement.GetProperty("node").GetString());
        JsonElement copy = Assert.Single(document.RootElement.GetProperty("sessions").EnumerateArray());
        Assert.Equal(id, copy.GetProperty("id").GetString());
        Assert.Equal(role, copy.GetProperty("role").GetString());
        Assert.Equal("1.1", copy.GetProperty("version").GetString());
        Assert.True(copy.GetProperty("bytes").GetInt32() > 0);
        Assert.True(copy.GetProperty("idleSeconds").GetDouble() >= 0);
        Assert.True(copy.GetProperty("created").GetInt64() > 0);
    }
}
