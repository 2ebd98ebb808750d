using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>
/// A node says of an answer that it is recorded only where another node would find the record: the balancer sends the
/// request again on its word.
/// </summary>
public sealed class RecordedOutcomeTests
{
    private readonly Guid _key = Guid.NewGuid();

    [Theory]
    [InlineData("/add", true)]
    [InlineData("/read", false)]
    public async Task Of_a_client_without_a_session_it_is_recorded_in_the_one_that_the_request_begins(
        string path, bool isRecorded)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, Map);
        using HttpResponseMessage answer = await cluster.Browser().SendAsync(
            1, HttpMethod.Post, path, key: Sealed(cluster));
        AssertRecorded(isRecorded, answer);
    }

    [Theory]
    [InlineData("/add")]
    [InlineData("/read")]
    [InlineData("/rotate")]
    public async Task Of_a_client_with_a_session_it_is_recorded_there_whatever_the_request_does(string path)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        TestBrowser again = browser.Tab();
        using HttpResponseMessage first = await browser.SendAsync(1, HttpMethod.Post, path, key: Sealed(cluster));
        AssertRecorded(true, first);
        using HttpResponseMessage second = await again.SendAsync(2, HttpMethod.Post, path, key: Sealed(cluster, 2));
        Assert.True(second.Headers.Contains(ReplicationHeaders.Replayed));
        AssertRecorded(true, second);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_that_is_not_sealed_finds_the_record_in_the_clients_own_session_only(bool hasSession)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(1, Map);
        TestBrowser browser = cluster.Browser();
        if (hasSession)
        {
            await browser.GetAsync(1, "/set/item/shoes");
        }

        using HttpResponseMessage answer = await browser.SendAsync(1, HttpMethod.Post, "/add", key: _key.ToString("N"));
        AssertRecorded(hasSession, answer);
    }

    [Fact]
    public async Task With_a_session_that_the_request_ends_its_record_would_be_gone()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(1, Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/shoes");
        using HttpResponseMessage answer = await browser.SendAsync(1, HttpMethod.Post, "/end", key: Sealed(cluster));
        AssertRecorded(false, answer);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_recorded()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(1, Map);
        using HttpResponseMessage answer = await cluster.Browser().SendAsync(1, HttpMethod.Post, "/add");
        AssertRecorded(false, answer);
    }

    private static void AssertRecorded(bool isRecorded, HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(isRecorded, answer.Headers.Contains(ReplicationHeaders.OutcomeRecorded));
    }

    private string Sealed(TestCluster cluster, int number = 1) =>
        cluster[1].App.Services.GetRequiredService<RequestKeySeal>().Write(_key, number);

    private static void Map(WebApplication app)
    {
        SessionApp.Map(app);
        app.MapPost("/read", static context => context.Response.WriteAsync(context.Session.GetString("item") ?? ""));
        app.MapPost("/add", AddAsync);
        app.MapPost("/end", static (HttpContext context) => context.DestroySessionAsync());
        app.MapPost("/rotate", static async context =>
        {
            await context.RotateIdAsync();
            await AddAsync(context);
        });
    }

    private static Task AddAsync(HttpContext context)
    {
        context.Session.SetString("item", context.Session.GetString("item") + "+");
        return context.Response.WriteAsync("added");
    }
}
