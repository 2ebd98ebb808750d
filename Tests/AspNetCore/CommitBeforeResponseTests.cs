using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SessionCluster.Replication;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>No byte of a response leaves before every holder has the change, however the application answers.</summary>
public sealed class CommitBeforeResponseTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static TheoryData<string> WaysToAnswer => new(Answers.Keys);

    private static Dictionary<string, Func<HttpContext, Task>> Answers { get; } = new()
    {
        ["nothing"] = static _ => Task.CompletedTask,
        ["status only"] = static context =>
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        },
        ["text"] = static context => context.Response.WriteAsync("done"),
        ["json"] = static context => context.Response.WriteAsJsonAsync(new { done = true }),
        ["stream"] = static context => context.Response.Body.WriteAsync("done"u8.ToArray()).AsTask(),
        ["large stream"] = static context => context.Response.Body.WriteAsync(new byte[300_000]).AsTask(),
        ["flush"] = static context => context.Response.Body.FlushAsync(),
        ["start"] = static context => context.Response.StartAsync(),
        ["complete"] = static context => context.Response.CompleteAsync(),
        ["writer"] = static async context => await context.Response.BodyWriter.WriteAsync("done"u8.ToArray()),
        ["writer without flush"] = static context =>
        {
            context.Response.BodyWriter.GetSpan(4)[..4].Clear();
            context.Response.BodyWriter.Advance(4);
            return Task.CompletedTask;
        },
        ["events"] = static async context =>
        {
            context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
            await context.Response.WriteAsync("data: 1\n\n");
            await context.Response.Body.FlushAsync();
            await context.Response.WriteAsync("data: 2\n\n");
        },
    };

    [Theory]
    [MemberData(nameof(WaysToAnswer))]
    public async Task The_first_byte_waits_for_the_backup(string way)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(
            2,
            app => Map(app, Answers[way]),
            new() { ["HolderPatience"] = "00:00:08", ["CommitTimeout"] = "00:00:10" });
        TestBrowser browser = cluster.Browser();
        Task held = cluster.Network.Hold<Replicated>();
        Task<HttpResponseMessage> asked =
            browser.SendAsync(1, HttpMethod.Get, "/change", HttpCompletionOption.ResponseHeadersRead);
        await held.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.False(asked.IsCompleted, "The response has begun before the backup had acknowledged.");
        cluster.Network.Release();
        using HttpResponseMessage response = await asked.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal("shoes", await browser.GetAsync(2, "/get/item"));
    }

    [Fact]
    public async Task A_change_after_a_flush_is_made_safe_before_the_next_byte()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(
            2, MapLate, new() { ["HolderPatience"] = "00:00:08", ["CommitTimeout"] = "00:00:10" });
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/item/boots");
        Task held = cluster.Network.Hold<Replicated>();
        using HttpResponseMessage response =
            await browser.SendAsync(1, HttpMethod.Get, "/late", HttpCompletionOption.ResponseHeadersRead);
        using Stream body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        byte[] bytes = new byte[16];
        Assert.Equal(5, await body.ReadAsync(bytes, TestContext.Current.CancellationToken));
        Task<int> second = body.ReadAsync(bytes, TestContext.Current.CancellationToken).AsTask();
        await held.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.False(second.IsCompleted, "The second part has left before its change was safe.");
        cluster.Network.Release();
        Assert.Equal(6, await second.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Equal("shoes", await browser.GetAsync(2, "/get/item"));
    }

    [Fact]
    public async Task A_session_cannot_begin_after_the_response_has()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(1, MapLate);
        TestBrowser browser = cluster.Browser();
        using HttpResponseMessage response =
            await browser.SendAsync(1, HttpMethod.Get, "/late", HttpCompletionOption.ResponseHeadersRead);
        await Assert.ThrowsAnyAsync<Exception>(
            () => response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Empty(await cluster.CopiesAsync(1));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static void Map(WebApplication app, Func<HttpContext, Task> answer)
    {
        SessionApp.Map(app);
        app.MapGet("/change", (HttpContext context) =>
        {
            context.Session.SetString("item", "shoes");
            return answer(context);
        });
    }

    private static void MapLate(WebApplication app)
    {
        SessionApp.Map(app);
        app.MapGet("/late", async context =>
        {
            await context.Response.WriteAsync("first");
            context.Session.SetString("item", "shoes");
            await context.Response.WriteAsync("second");
        });
    }
}
