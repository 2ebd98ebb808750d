using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using SessionCluster.Tests.AspNetCore;
using SessionCluster.WebNode;

namespace SessionCluster.Tests.WebNode;

/// <summary>The sample's page, basket and probes, on two nodes in one process.</summary>
public sealed class WebNodeTests
{
    private static Task<TestCluster> StartAsync(bool probes = true) => TestCluster.StartAsync(
        2,
        app =>
        {
            app.MapSamplePage();
            app.MapBasket();
            app.MapProbe();
        },
        configure: builder => builder.Configuration["Probe:Enabled"] = probes.ToString());

    private static HttpClient Client(TestCluster cluster, int node, TestBrowser browser, string accept)
    {
        HttpClient client = cluster[node].Server.CreateClient();
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
        if (browser.Cookie is not null)
        {
            client.DefaultRequestHeaders.Add("Cookie", browser.Cookie);
        }

        return client;
    }

    private static async Task<HttpResponseMessage> SendAsync(
        TestCluster cluster, int node, TestBrowser browser, HttpMethod method, string path, HttpContent? content = null,
        string accept = "application/json")
    {
        using HttpClient client = Client(cluster, node, browser, accept);
        using var request = new HttpRequestMessage(method, path) { Content = content };
        HttpResponseMessage response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        if (response.Headers.TryGetValues("Set-Cookie", out IEnumerable<string>? cookies))
        {
            browser.Cookie = cookies.Last().Split(';')[0];
        }

        return response;
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response) =>
        await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);

    [Fact]
    public async Task The_page_shows_node_session_time_and_basket_and_begins_a_session()
    {
        await using TestCluster cluster = await StartAsync();
        TestBrowser browser = cluster.Browser();
        using HttpResponseMessage html = await SendAsync(cluster, 1, browser, HttpMethod.Get, "/", accept: "text/html");
        string page = await html.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        using HttpResponseMessage json = await SendAsync(cluster, 2, browser, HttpMethod.Get, "/");
        JsonElement view = await ReadAsync(json);
        Assert.Equal("text/html", html.Content.Headers.ContentType?.MediaType);
        Assert.Contains("<strong id=\"node\">node1</strong>", page, StringComparison.Ordinal);
        Assert.Contains(view.GetProperty("session").GetString()!, page, StringComparison.Ordinal);
        Assert.Equal("node2", view.GetProperty("node").GetString());
        Assert.Equal(0, view.GetProperty("basket").GetArrayLength());
        Assert.True(view.TryGetProperty("timestamp", out _));
        Assert.Matches(@"<dt>Since</dt><dd>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC</dd>", page);
        Assert.DoesNotContain("http://", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_basket_takes_forms_and_json_and_is_the_same_on_every_node()
    {
        await using TestCluster cluster = await StartAsync();
        TestBrowser browser = cluster.Browser();
        using var form = new FormUrlEncodedContent([new("item", "<b>shoes</b>"), new("quantity", "2")]);
        using HttpResponseMessage redirect =
            await SendAsync(cluster, 1, browser, HttpMethod.Post, "/basket", form, "text/html");
        using HttpResponseMessage added = await SendAsync(
            cluster, 2, browser, HttpMethod.Post, "/basket", JsonContent.Create(new { item = "hat", quantity = 1 }));
        JsonElement basket = (await ReadAsync(added)).GetProperty("basket");
        using HttpResponseMessage html = await SendAsync(cluster, 1, browser, HttpMethod.Get, "/", accept: "text/html");
        string page = await html.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Redirect, redirect.StatusCode);
        Assert.Equal("/", redirect.Headers.Location?.OriginalString);
        Assert.Equal(
            ["<b>shoes</b>", "hat"],
            basket.EnumerateArray().Select(static line => line.GetProperty("item").GetString()));
        Assert.Contains("&lt;b&gt;shoes&lt;/b&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>shoes</b>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Items_are_removed_and_what_is_not_there_is_not_found()
    {
        await using TestCluster cluster = await StartAsync();
        TestBrowser browser = cluster.Browser();
        using var form = new FormUrlEncodedContent([new("item", "hat"), new("quantity", "2")]);
        using HttpResponseMessage added = await SendAsync(cluster, 1, browser, HttpMethod.Post, "/basket", form);
        using HttpResponseMessage removed = await SendAsync(cluster, 2, browser, HttpMethod.Delete, "/basket/hat");
        using HttpResponseMessage again = await SendAsync(cluster, 1, browser, HttpMethod.Delete, "/basket/hat");
        Assert.Equal(HttpStatusCode.OK, added.StatusCode);
        Assert.Equal(0, (await ReadAsync(removed)).GetProperty("basket").GetArrayLength());
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    [Theory]
    [InlineData("""{"item":"","quantity":1}""", "item")]
    [InlineData("""{"item":"hat","quantity":0}""", "quantity")]
    [InlineData("""{"item":"hat","quantity":1001}""", "quantity")]
    [InlineData("""{"item":"hat"}""", "quantity")]
    [InlineData("""{"item":"hat","quantity":"many"}""", "item")]
    [InlineData("not json", "item")]
    public async Task Bad_input_gets_400_that_names_the_field(string body, string field)
    {
        await using TestCluster cluster = await StartAsync();
        using var content = new StringContent(body, MediaTypeHeaderValue.Parse("application/json"));
        using HttpResponseMessage response =
            await SendAsync(cluster, 1, cluster.Browser(), HttpMethod.Post, "/basket", content);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.True((await ReadAsync(response)).GetProperty("errors").TryGetProperty(field, out _));
    }

    [Fact]
    public async Task A_probe_counts_across_nodes()
    {
        await using TestCluster cluster = await StartAsync();
        TestBrowser browser = cluster.Browser();
        using HttpResponseMessage first = await SendAsync(cluster, 1, browser, HttpMethod.Post, "/probe/7?bytes=10");
        using HttpResponseMessage second = await SendAsync(cluster, 2, browser, HttpMethod.Post, "/probe/8?bytes=20");
        using HttpResponseMessage read = await SendAsync(cluster, 1, browser, HttpMethod.Get, "/probe");
        JsonElement one = await ReadAsync(first);
        string id = one.GetProperty("session").GetString()!;
        Assert.Equal(
            $$"""{"node":"node1","session":"{{id}}","isNew":true,"previous":null,"last":7,"count":1,"bytes":10}""",
            one.GetRawText());
        Assert.Equal(
            $$"""{"node":"node2","session":"{{id}}","isNew":false,"previous":7,"last":8,"count":2,"bytes":20}""",
            (await ReadAsync(second)).GetRawText());
        Assert.Equal(
            $$"""{"node":"node1","session":"{{id}}","isNew":false,"previous":8,"last":8,"count":2,"bytes":20}""",
            (await ReadAsync(read)).GetRawText());
    }

    [Fact]
    public async Task Probes_are_bounded_and_only_there_where_they_are_switched_on()
    {
        await using TestCluster with = await StartAsync();
        using HttpResponseMessage tooMuch =
            await SendAsync(with, 1, with.Browser(), HttpMethod.Post, "/probe/1?bytes=99999999");
        await using TestCluster without = await StartAsync(probes: false);
        using HttpResponseMessage absent = await SendAsync(without, 1, without.Browser(), HttpMethod.Post, "/probe/1");
        Assert.Equal(HttpStatusCode.BadRequest, tooMuch.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
    }
}
