using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>Sign-in and sign-out where a store is shared: the key changes, or the session ends, as elsewhere.</summary>
public sealed class ChangedKeyTests
{
    [Theory]
    [InlineData("garnet")]
    [InlineData("redis")]
    public async Task A_rotated_session_keeps_its_values_under_a_key_that_only_its_client_knows(string kind)
    {
        await using StoreUnderTest store = await StoreUnderTest.StartAsync(kind);
        await using SharedNode first = await SharedNode.StartAsync(store);
        await using SharedNode second = await SharedNode.StartAsync(store);
        using var visitor = new SharedVisitor();
        await visitor.GetStringAsync(first.AddressOf("/set/item/shoes"));
        string before = await visitor.GetStringAsync(first.AddressOf("/id"));
        using SharedVisitor thief = visitor.Copy(first.AddressOf("/"));

        await visitor.GetStringAsync(first.AddressOf("/rotate"));

        Assert.Equal("shoes", await visitor.GetStringAsync(second.AddressOf("/get/item")));
        Assert.NotEqual(before, await visitor.GetStringAsync(second.AddressOf("/id")));
        Assert.Equal("(none)", await thief.GetStringAsync(second.AddressOf("/get/item")));
        Assert.Equal(1, await store.CountSessionsAsync());

        // Whoever knows the former key begins a session of his own with it, and fixes it for nobody.
        using SharedVisitor other = thief.Copy(first.AddressOf("/"));
        await thief.GetStringAsync(first.AddressOf("/set/item/boots"));
        Assert.Equal("(none)", await other.GetStringAsync(second.AddressOf("/get/item")));
        Assert.Equal("boots", await thief.GetStringAsync(second.AddressOf("/get/item")));
    }

    [Theory]
    [InlineData("garnet")]
    [InlineData("redis")]
    public async Task A_destroyed_session_is_gone_and_its_cookie_with_it(string kind)
    {
        await using StoreUnderTest store = await StoreUnderTest.StartAsync(kind);
        await using SharedNode first = await SharedNode.StartAsync(store);
        await using SharedNode second = await SharedNode.StartAsync(store);
        using var visitor = new SharedVisitor();
        await visitor.GetStringAsync(first.AddressOf("/set/item/shoes"));
        using SharedVisitor thief = visitor.Copy(first.AddressOf("/"));

        await visitor.GetStringAsync(first.AddressOf("/destroy"));

        Assert.Equal(0, visitor.CountCookies(first.AddressOf("/")));
        Assert.Equal("(none)", await thief.GetStringAsync(second.AddressOf("/get/item")));
        Assert.Equal(0, await store.CountSessionsAsync());
    }

    [Theory]
    [InlineData("garnet")]
    [InlineData("redis")]
    public async Task A_request_under_way_does_not_bring_back_a_session_that_another_one_has_ended(string kind)
    {
        using var gate = new Gate();
        await using StoreUnderTest store = await StoreUnderTest.StartAsync(kind);
        await using SharedNode node = await SharedNode.StartAsync(store, map: gate.Map);
        foreach (string late in (string[])["/late/set", "/late/rotate", "/late/touch"])
        {
            using var visitor = new SharedVisitor();
            await visitor.GetStringAsync(node.AddressOf("/set/item/shoes"));
            Task<HttpResponseMessage> underWay = visitor.GetAsync(node.AddressOf(late));
            await gate.UntilReachedAsync();
            using SharedVisitor elsewhere = visitor.Copy(node.AddressOf("/"));
            await elsewhere.GetStringAsync(node.AddressOf("/destroy"));
            gate.Open();

            using HttpResponseMessage answer = await underWay;

            // Who only reads has read what was there.
            Assert.Equal(late == "/late/touch" ? HttpStatusCode.OK : HttpStatusCode.Conflict, answer.StatusCode);
            Assert.Equal("(none)", await visitor.GetStringAsync(node.AddressOf("/get/item")));
            Assert.Equal(0, await store.CountSessionsAsync());
        }
    }

    [Theory]
    [InlineData("/rotate")]
    [InlineData("/end")]
    public async Task What_cannot_be_told_to_the_client_any_more_is_refused(string what)
    {
        await using StoreUnderTest store = await StoreUnderTest.StartAsync("garnet");
        await using SharedNode node = await SharedNode.StartAsync(store, map: MapStarted);
        using var visitor = new SharedVisitor();
        await visitor.GetStringAsync(node.AddressOf("/set/item/shoes"));

        Assert.Equal("refused", await visitor.GetStringAsync(node.AddressOf("/started" + what)));
        Assert.Equal("shoes", await visitor.GetStringAsync(node.AddressOf("/get/item")));
    }

    [Fact]
    public async Task What_is_set_after_the_end_begins_another_session()
    {
        await using StoreUnderTest store = await StoreUnderTest.StartAsync("garnet");
        await using SharedNode node = await SharedNode.StartAsync(store, map: static app =>
            app.MapGet("/again", static async (HttpContext context) =>
            {
                await context.DestroySessionAsync();
                context.Session.SetString("greeting", "bye");
            }));
        using var visitor = new SharedVisitor();
        await visitor.GetStringAsync(node.AddressOf("/set/item/shoes"));
        string before = await visitor.GetStringAsync(node.AddressOf("/id"));

        await visitor.GetStringAsync(node.AddressOf("/again"));

        Assert.Equal("greeting", await visitor.GetStringAsync(node.AddressOf("/keys")));
        Assert.NotEqual(before, await visitor.GetStringAsync(node.AddressOf("/id")));
        Assert.Equal(1, await store.CountSessionsAsync());
    }

    [Fact]
    public async Task A_rotation_that_a_request_asks_for_twice_leaves_one_session()
    {
        await using StoreUnderTest store = await StoreUnderTest.StartAsync("garnet");
        await using SharedNode node = await SharedNode.StartAsync(store, map: static app =>
            app.MapGet("/twice", static async (HttpContext context) =>
            {
                await context.RotateIdAsync();
                await context.Session.CommitAsync();
                await context.RotateIdAsync();
                await context.RotateIdAsync();
            }));
        using var visitor = new SharedVisitor();
        await visitor.GetStringAsync(node.AddressOf("/set/item/shoes"));

        await visitor.GetStringAsync(node.AddressOf("/twice"));

        Assert.Equal("shoes", await visitor.GetStringAsync(node.AddressOf("/get/item")));
        Assert.Equal(1, await store.CountSessionsAsync());
    }

    [Fact]
    public async Task A_rotation_that_the_store_does_not_take_changes_nothing()
    {
        using var gate = new Gate();
        await using StoreUnderTest store = await StoreUnderTest.StartAsync("garnet");
        await using SharedNode node = await SharedNode.StartAsync(store, map: gate.Map);
        using var visitor = new SharedVisitor();
        await visitor.GetStringAsync(node.AddressOf("/set/item/shoes"));
        Task<HttpResponseMessage> underWay = visitor.GetAsync(node.AddressOf("/late/rotate"));
        await gate.UntilReachedAsync();
        store.Stop();
        gate.Open();

        using HttpResponseMessage answer = await underWay;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    private static void MapStarted(WebApplication app)
    {
        app.MapGet("/started/rotate", static context => StartedAsync(context, static late => late.RotateIdAsync()));
        app.MapGet("/started/end", static context => StartedAsync(context, static late => late.DestroySessionAsync()));
    }

    private static async Task StartedAsync(HttpContext context, Func<HttpContext, Task> change)
    {
        await context.Response.StartAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => change(context));
        await context.Response.WriteAsync("refused");
    }
}
