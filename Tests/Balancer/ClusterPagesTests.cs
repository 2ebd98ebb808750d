using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SessionCluster.Tests.Balancer;

public sealed class ClusterPagesTests
{
    private const string Browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    [Theory]
    [InlineData("-1")]
    [InlineData("100001")]
    [InlineData("99999999999")]
    [InlineData("many")]
    [InlineData("")]
    public async Task A_limit_that_is_none_is_refused_with_what_it_may_be(string limit)
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1);
        using HttpClient client = balancer.Client();

        using HttpResponseMessage response = await client.GetAsync(
            new Uri($"/_cluster/sessions?limit={limit}", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(
            "from 0 to 100000", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_reads_every_node()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2);
        balancer["node1"].Report = new
        {
            name = "node1", incarnation = 9, processId = 17, mode = "delta", role = "node", status = "up", ready = true,
            view = new { members = 2 }, requests = 5, sessions = new { primary = 3, backup = 2 }, bytes = 10,
            divided = true, overwritten = 4,
        };
        await balancer["node2"].StopAsync();

        JsonNode page = JsonNode.Parse(await GetAsync(balancer, "/_cluster", "application/json"))!;

        string expected = $$$"""
            {"mode":"delta","nodes":[
              {"name":"node1","address":"{{{balancer["node1"].Address}}}","state":"up","processId":17,"requests":5,
               "sessions":{"primary":3,"backup":2},"divided":true,"overwritten":4},
              {"name":"node2","address":"{{{balancer["node2"].Address}}}","state":"down","processId":null,"requests":0,
               "sessions":{"primary":0,"backup":0},"divided":false,"overwritten":0}]}
            """;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), page), page.ToJsonString());
    }

    [Fact]
    public async Task Sides_that_serve_on_their_own_are_said_to_people()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2);
        balancer["node1"].Report =
            new { name = "node1", mode = "backup", ready = true, divided = true, overwritten = 4 };

        const string expected = "divided: node1 may not hear all that serve; 4 values gave way when sides met";
        string text = await GetAsync(balancer, "/_cluster", "*/*");
        Assert.Equal($"mode backup, 2 of 2 nodes up, {expected}", text.Split('\n')[0]);
        Assert.Contains(expected, await GetAsync(balancer, "/_cluster", Browser), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("answers", "the store answers")]
    [InlineData("does not answer", "the store answers, says node1; does not answer, says node2")]
    public async Task Where_sessions_are_in_a_store_the_pages_say_so_and_whether_it_answers(
        string second, string expected)
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2);
        balancer["node1"].Report =
            new { name = "node1", mode = "shared", status = "up", ready = true, store = "answers" };
        balancer["node2"].Report =
            new { name = "node2", mode = "shared", status = "degraded", ready = false, store = second };

        string text = await GetAsync(balancer, "/_cluster", "*/*");
        Assert.Equal($"mode shared, 1 of 2 nodes up, {expected}", text.Split('\n')[0]);
        Assert.Contains("node2  degraded", text, StringComparison.Ordinal);
        Assert.Contains(expected, await GetAsync(balancer, "/_cluster", Browser), StringComparison.Ordinal);
        JsonNode page = JsonNode.Parse(await GetAsync(balancer, "/_cluster", "application/json"))!;
        Assert.Equal(second, (string?)page["nodes"]![1]!["store"]);

        string sessions = await GetAsync(balancer, "/_cluster/sessions", Browser);
        Assert.Contains("The sessions are in the store.", sessions, StringComparison.Ordinal);
        Assert.DoesNotContain("No node holds a session", sessions, StringComparison.Ordinal);
        Assert.Contains(
            "the sessions are in the store", await GetAsync(balancer, "/_cluster/sessions", "*/*"),
            StringComparison.Ordinal);
        Assert.Equal("""{"sessions":[]}""", await GetAsync(balancer, "/_cluster/sessions", "application/json"));
    }

    [Fact]
    public async Task A_dead_node_stays_on_the_page_with_what_was_known_last()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1);
        await GetAsync(balancer, "/_cluster", "application/json");
        await balancer["node1"].StopAsync();

        JsonNode node = JsonNode.Parse(await GetAsync(balancer, "/_cluster", "application/json"))!["nodes"]![0]!;

        Assert.Equal("down", (string?)node["state"]);
        Assert.Equal(4711, (int?)node["processId"]);
        string html = await GetAsync(balancer, "/_cluster", Browser);
        Assert.Contains("<tr class=\"down\">", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_frozen_node_is_silent_and_not_dead()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1, "Balancer:ReportTimeout=00:00:00.5");
        Assert.Equal("up", await StateAsync(balancer));
        balancer["node1"].BeforeReport = static aborted => Task.Delay(Timeout.Infinite, aborted);

        Assert.Equal("silent", await StateAsync(balancer));
        Assert.StartsWith(
            "mode backup, 0 of 1 nodes up", await GetAsync(balancer, "/_cluster", "*/*"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_has_never_said_anything_is_not_called_silent()
    {
        await using RawNode frozen = RawNode.Start("node1", RawNode.SilenceAsync);
        await using var balancer = await BalancerUnderTest.StartBeforeAsync(
            frozen, "Balancer:ReportTimeout=00:00:00.2");

        Assert.Equal("not heard yet", await StateAsync(balancer));
    }

    /// <summary>It has to be compiled, while all the others start as well.</summary>
    [Fact]
    public async Task A_node_s_first_report_is_waited_for_longer_than_others()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1, "Balancer:ReportTimeout=00:00:00.5");
        balancer["node1"].BeforeReport = static aborted => Task.Delay(TimeSpan.FromSeconds(0.75), aborted);

        string first = await GetAsync(balancer, "/_cluster", "*/*");

        Assert.StartsWith("mode backup, 1 of 1 nodes up", first, StringComparison.Ordinal);
        Assert.Equal("silent", await StateAsync(balancer));
    }

    [Theory]
    [InlineData("Up", true, "up")]
    [InlineData("Up", false, "unready")]
    [InlineData("Leaving", false, "draining")]
    [InlineData("Joining", false, "joining")]
    public async Task A_node_s_state_is_in_its_own_words(string status, bool ready, string state)
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1);
        balancer["node1"].Report = new { name = "node1", status, ready };

        JsonNode page = JsonNode.Parse(await GetAsync(balancer, "/_cluster", "application/json"))!;

        Assert.Equal(state, (string?)page["nodes"]![0]!["state"]);
    }

    [Fact]
    public async Task The_session_table_joins_what_each_node_reports()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(4);
        balancer["node3"].Sessions = [Copy("bbbb", "backup", "1.4", bytes: 90, idle: 9)];
        balancer["node4"].Sessions =
        [
            Copy("aaaa", "primary", "1.0", bytes: 7, idle: 3), Copy("bbbb", "primary", "1.5", bytes: 100, idle: 1),
        ];

        string json = await GetAsync(balancer, "/_cluster/sessions", "application/json");
        string text = await GetAsync(balancer, "/_cluster/sessions", "*/*");

        Assert.Equal(
            """
            {"sessions":[{"id":"bbbb","bytes":100,"version":"1.5","copies":{"node3":"backup","node4":"primary"}},
            {"id":"aaaa","bytes":7,"version":"1.0","copies":{"node4":"primary"}}]}
            """.ReplaceLineEndings(""),
            json);
        Assert.Equal(
            """
               session  node1  node2  node3  node4  bytes  version
            >  bbbb     .      .      B      P      100    1.5
               aaaa     .      .      .      P      7      1.0
               entries  0      0      1      2

            """,
            text);
    }

    [Fact]
    public async Task The_cluster_as_text_is_aligned()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2);

        string[] lines = (await GetAsync(balancer, "/_cluster", "*/*")).Split('\n');

        Assert.Equal("mode backup, 2 of 2 nodes up", lines[0]);
        Assert.StartsWith("node   state  address", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("node1  up     http://127.0.0.1:", lines[3], StringComparison.Ordinal);
        Assert.Equal(lines[2].Length, lines[3].Length);
    }

    [Theory]
    [InlineData("*/*", "text/plain")]
    [InlineData(null, "text/plain")]
    [InlineData("nonsense", "text/plain")]
    [InlineData(Browser, "text/html")]
    [InlineData("application/json, text/html", "application/json")]
    [InlineData("application/json;q=0.5, text/html;q=0.9", "text/html")]
    [InlineData("text/html;q=0, */*", "text/plain")]
    public async Task The_reader_gets_its_own_format(string? accept, string expected)
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1);

        foreach (string path in new[] { "/_cluster", "/_cluster/sessions" })
        {
            using HttpResponseMessage response = await SendAsync(balancer, path, accept);

            Assert.Equal(expected, response.Content.Headers.ContentType?.MediaType);
            Assert.True(response.Headers.CacheControl?.NoStore);
        }
    }

    [Fact]
    public async Task Nothing_that_a_node_says_becomes_markup_or_drives_a_terminal()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1);
        const string Evil = "<script>alert('\"')</script>\u001b[2J";
        balancer["node1"].Report = new { name = Evil, mode = Evil, status = Evil, ready = true };
        balancer["node1"].Sessions = [new { id = Evil, role = Evil, version = Evil, bytes = 1, idleSeconds = 0 }];

        foreach (string path in new[] { "/_cluster", "/_cluster/sessions" })
        {
            string html = await GetAsync(balancer, path, Browser);
            Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("'\"'", html, StringComparison.Ordinal);
            Assert.DoesNotContain('\u001b', await GetAsync(balancer, path, "*/*"));
        }
    }

    [Fact]
    public async Task People_see_the_latest_sessions_and_how_many_more_there_are()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(1);
        balancer["node1"].Sessions =
            [.. Enumerable.Range(0, 600).Select(i => Copy($"s{i:000}", "primary", "1.0", 1, idle: i))];

        string text = await GetAsync(balancer, "/_cluster/sessions", "*/*");
        string html = await GetAsync(balancer, "/_cluster/sessions", Browser);
        string json = await GetAsync(balancer, "/_cluster/sessions", "application/json");
        string three = await GetAsync(balancer, "/_cluster/sessions?limit=3", "application/json");

        Assert.Contains("s499", text, StringComparison.Ordinal);
        Assert.DoesNotContain("s500", text, StringComparison.Ordinal);
        Assert.Contains("and 100 sessions that were used less", text, StringComparison.Ordinal);
        Assert.Contains("and 100 sessions that were used less", html, StringComparison.Ordinal);
        Assert.Equal(600, JsonNode.Parse(json)!["sessions"]!.AsArray().Count);
        Assert.Equal(3, JsonNode.Parse(three)!["sessions"]!.AsArray().Count);
    }

    private static async Task<string?> StateAsync(BalancerUnderTest balancer) => (string?)JsonNode.Parse(
        await GetAsync(balancer, "/_cluster", "application/json"))!["nodes"]![0]!["state"];

    private static object Copy(string id, string role, string version, long bytes, double idle) => new
    {
        id, role, version, bytes, idleSeconds = idle, created = 4,
    };

    private static async Task<string> GetAsync(BalancerUnderTest balancer, string path, string accept)
    {
        using HttpResponseMessage response = await SendAsync(balancer, path, accept);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<HttpResponseMessage> SendAsync(BalancerUnderTest balancer, string path, string? accept)
    {
        using HttpClient client = balancer.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
