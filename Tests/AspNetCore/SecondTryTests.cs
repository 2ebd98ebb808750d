using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;
using SessionCluster.Replication.AspNetCore.Security;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>
/// The second try of a request whose first one left its record where the client's cookie does not lead: in a session
/// that it began. And of one that left nothing else in a session than its record.
/// </summary>
public sealed class SecondTryTests
{
    private readonly Guid _key = Guid.NewGuid();
    private int _runs;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_that_the_first_try_began_is_that_of_the_second()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(3, Map);
        using HttpResponseMessage first = await SendAsync(cluster, cluster.Browser(), node: 1, number: 1, "/add");
        await cluster.CrashAsync(1);
        TestBrowser browser = cluster.Browser();
        using HttpResponseMessage second = await SendAsync(cluster, browser, node: 2, number: 2, "/add");

        Assert.Equal("1", await AnswerAsync(second, isReplayed: true));
        Assert.NotNull(browser.Cookie);
        Assert.Equal("1", await browser.GetAsync(3, "/get/count"));
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task Where_the_first_try_has_left_nothing_the_second_is_the_one_that_counts()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, Map);
        TestBrowser browser = cluster.Browser();
        using HttpResponseMessage second = await SendAsync(cluster, browser, node: 2, number: 2, "/add");
        Assert.Equal("1", await AnswerAsync(second, isReplayed: false));
        Assert.Equal("1", await browser.GetAsync(1, "/get/count"));
    }

    [Fact]
    public async Task A_session_that_changed_its_key_in_the_first_try_is_found_by_the_former_key()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(3, Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        TestBrowser former = browser.Tab();
        using HttpResponseMessage first = await SendAsync(cluster, browser.Tab(), node: 1, number: 1, "/rotate");
        await cluster.CrashAsync(1);
        using HttpResponseMessage second = await SendAsync(cluster, browser, node: 2, number: 2, "/rotate");

        Assert.Equal("1", await AnswerAsync(second, isReplayed: true));
        Assert.NotEqual(former.Cookie, browser.Cookie);
        Assert.Equal("shoes", await browser.GetAsync(3, "/get/item"));
        Assert.Equal("(none)", await former.GetAsync(3, "/get/item"));
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task However_many_come_between_two_tries_the_second_is_not_executed()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        using HttpResponseMessage first = await SendAsync(cluster, browser, node: 1, number: 1, "/add");
        await AddAsync(cluster, browser, times: SessionState.YoungAnswersMaximum);
        using HttpResponseMessage second = await SendAsync(cluster, browser, node: 2, number: 2, "/add");
        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        Assert.Equal("1", Assert.Single(second.Headers.GetValues(ReplicationHeaders.Replayed)));
        Assert.Contains(
            "not among the latest", await second.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal($"{SessionState.YoungAnswersMaximum + 1}", await browser.GetAsync(1, "/get/count"));
    }

    [Fact]
    public async Task A_second_try_gets_its_answer_though_many_others_ran_at_once()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        using HttpResponseMessage first = await SendAsync(cluster, browser, node: 1, number: 1, "/add");
        await AddAsync(cluster, browser, times: 20);
        using HttpResponseMessage second = await SendAsync(cluster, browser, node: 2, number: 2, "/add");
        Assert.Equal("1", await AnswerAsync(second, isReplayed: true));
        Assert.Equal("21", await browser.GetAsync(1, "/get/count"));
    }

    [Fact]
    public async Task A_second_try_that_the_session_may_have_forgotten_is_refused()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        await AddAsync(cluster, browser, times: SessionState.OutcomesMaximum);
        using HttpResponseMessage second = await SendAsync(cluster, browser, node: 1, number: 2, "/add");
        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        Assert.StartsWith(
            "This request may have been executed", await second.Content.ReadAsStringAsync(Cancellation),
            StringComparison.Ordinal);
        using HttpResponseMessage first = await SendAsync(cluster, browser, node: 1, number: 1, "/add");
        Assert.Equal($"{SessionState.OutcomesMaximum + 1}", await AnswerAsync(first, isReplayed: false));
    }

    [Fact]
    public async Task Who_has_another_cookie_than_the_first_try_had_does_not_find_it_by_the_request_key()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, Map);
        using HttpResponseMessage first = await SendAsync(cluster, cluster.Browser(), node: 1, number: 1, "/add");
        TestBrowser other = cluster.Browser();
        await other.GetAsync(2, "/set/item/socks");
        using HttpResponseMessage second = await SendAsync(cluster, other, node: 2, number: 2, "/add");
        Assert.Equal("1", await AnswerAsync(second, isReplayed: false));
        Assert.Equal(2, _runs);
    }

    [Theory]
    [InlineData("POST", 1)]
    [InlineData("PATCH", 1)]
    [InlineData("PUT", 2)]
    public async Task What_changes_nothing_in_the_session_is_executed_once_unless_twice_is_the_same(
        string method, int runs)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(3, Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        using HttpResponseMessage first = await SendAsync(cluster, browser, node: 1, number: 1, "/read", method);
        await cluster.CrashAsync(1);
        using HttpResponseMessage second = await SendAsync(cluster, browser, node: 2, number: 2, "/read", method);
        Assert.Equal("shoes", await AnswerAsync(second, isReplayed: runs == 1));
        Assert.Equal(runs, _runs);
    }

    [Fact]
    public async Task A_request_without_a_session_begins_none_by_being_recorded()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, Map);
        TestBrowser browser = cluster.Browser();
        using HttpResponseMessage answer = await SendAsync(cluster, browser, node: 1, number: 1, "/read");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Null(browser.Cookie);
        Assert.Empty(await cluster.CopiesAsync(1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_that_the_cluster_has_not_sealed_leads_to_nobodys_session(bool isForged)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(1, Map);
        using HttpResponseMessage first = await SendAsync(cluster, cluster.Browser(), node: 1, number: 1, "/add");
        var stranger = new RequestKeySeal(new ClusterSecret("the secret of somebody else", "session-cluster"));
        string key = isForged ? stranger.Write(_key, 2) : _key.ToString("N");
        using HttpResponseMessage second = await cluster.Browser().SendAsync(1, HttpMethod.Post, "/add", key: key);
        Assert.Equal("1", await AnswerAsync(second, isReplayed: false));
        Assert.Equal(2, _runs);
    }

    [Fact]
    public async Task A_first_try_with_a_forged_seal_begins_no_session_that_a_later_one_finds()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(1, Map);
        var stranger = new RequestKeySeal(new ClusterSecret("the secret of somebody else", "session-cluster"));
        using HttpResponseMessage first =
            await cluster.Browser().SendAsync(1, HttpMethod.Post, "/add", key: stranger.Write(_key, 1));
        Assert.False(first.Headers.Contains(ReplicationHeaders.OutcomeRecorded));
        using HttpResponseMessage second = await SendAsync(cluster, cluster.Browser(), node: 1, number: 2, "/add");
        Assert.Equal("1", await AnswerAsync(second, isReplayed: false));
        Assert.Equal(2, _runs);
    }

    [Fact]
    public void A_seal_that_was_tampered_with_is_refused()
    {
        var seal = new RequestKeySeal(new ClusterSecret("a secret of the test's own", "session-cluster"));
        string text = seal.Write(_key, 2);
        Assert.True(seal.TryRead(text, out Guid key, out int number));
        Assert.Equal((_key, 2), (key, number));
        for (int index = 0; index < text.Length; index++)
        {
            char other = text[index] == '1' ? '3' : '1';
            Assert.False(seal.TryRead(text[..index] + other + text[(index + 1)..], out _, out _), $"at {index}");
        }

        Assert.False(seal.TryRead(text[..^1], out _, out _));
        Assert.False(seal.TryRead(text + "0", out _, out _));
    }

    private static async Task AddAsync(TestCluster cluster, TestBrowser browser, int times)
    {
        for (int time = 0; time < times; time++)
        {
            using HttpResponseMessage other =
                await browser.SendAsync(1, HttpMethod.Post, "/add", key: Guid.NewGuid().ToString("N"));
            Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        }
    }

    private Task<HttpResponseMessage> SendAsync(
        TestCluster cluster, TestBrowser browser, int node, int number, string path, string method = "POST")
    {
        string key = cluster[node].App.Services.GetRequiredService<RequestKeySeal>().Write(_key, number);
        return browser.SendAsync(node, new HttpMethod(method), path, key: key);
    }

    private static Task<string> AnswerAsync(HttpResponseMessage response, bool isReplayed)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(isReplayed, response.Headers.Contains(ReplicationHeaders.Replayed));
        return response.Content.ReadAsStringAsync(Cancellation);
    }

    private void Map(WebApplication app)
    {
        SessionApp.Map(app);
        app.MapPost("/add", context => CountAsync(context));
        app.MapPost("/rotate", async context =>
        {
            await context.RotateIdAsync();
            await CountAsync(context);
        });
        app.MapMethods("/read", ["POST", "PATCH", "PUT"], context =>
        {
            Interlocked.Increment(ref _runs);
            return context.Response.WriteAsync(context.Session.GetString("item") ?? "");
        });
    }

    private Task CountAsync(HttpContext context)
    {
        Interlocked.Increment(ref _runs);
        string count = (int.Parse(context.Session.GetString("count") ?? "0", null) + 1).ToString(
            (IFormatProvider?)null);
        context.Session.SetString("count", count);
        return context.Response.WriteAsync(count);
    }
}
