using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>What holding the body back must not change for an application.</summary>
public sealed class ResponseBodyTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(1_000_000)]
    public async Task The_body_arrives_whole_and_in_order_whatever_is_held(int heldBytes)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(
            1,
            static app => app.MapGet("/", async context =>
            {
                context.Session.SetString("a", "1");
                for (int part = 0; part < 200; part++)
                {
                    await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes($"{part},"));
                }
            }),
            new() { ["MaximumResponseHeldBytes"] = heldBytes.ToString(CultureInfo.InvariantCulture) });
        string body = await cluster.Browser().GetAsync(1, "/");
        Assert.Equal(string.Concat(Enumerable.Range(0, 200).Select(static part => $"{part},")), body);
    }

    [Fact]
    public async Task A_handler_may_clear_what_it_has_written()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(1, static app => app.MapGet("/", async context =>
        {
            await context.Response.Body.WriteAsync("half a page"u8.ToArray());
            context.Response.Clear();
            await context.Response.Body.WriteAsync("another"u8.ToArray());
        }));
        Assert.Equal("another", await cluster.Browser().GetAsync(1, "/"));
    }

    [Fact]
    public async Task Response_compression_and_content_length_work_as_ever()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(1, static app =>
            app.MapGet("/", async context =>
            {
                context.Session.SetString("a", "1");
                context.Response.ContentLength = 4;
                await context.Response.Body.WriteAsync("four"u8.ToArray());
            }));
        using HttpResponseMessage response = await cluster.Browser().SendAsync(1, HttpMethod.Get, "/");
        Assert.Equal(4, response.Content.Headers.ContentLength);
        Assert.Equal("four", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("POST", 200, 4L)]
    [InlineData("GET", 200, 4L)]
    [InlineData("POST", 204, null)]
    [InlineData("GET", 304, null)]
    [InlineData("HEAD", 200, null)]
    public async Task An_answer_that_is_whole_before_it_leaves_has_a_length(string method, int status, long? length)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(1, app =>
            app.MapMethods("/", [method], async context =>
            {
                context.Session.SetString("a", "1");
                context.Response.StatusCode = status;
                await context.Response.Body.WriteAsync("four"u8.ToArray());
                if (HttpMethods.IsPost(method))
                {
                    await context.Response.Body.FlushAsync();
                }
            }));
        string? key = method == "POST" ? Guid.NewGuid().ToString("N") : null;
        using HttpResponseMessage response =
            await cluster.Browser().SendAsync(1, new HttpMethod(method), "/", key: key);
        Assert.Equal(length is null ? null : [$"{length}"], LengthOf(response));
    }

    [Fact]
    public async Task An_answer_that_comes_in_parts_has_no_length()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(1, static app => app.MapGet("/", async context =>
        {
            await context.Response.WriteAsync("one");
            await context.Response.WriteAsync("two");
        }));
        using HttpResponseMessage response = await cluster.Browser().SendAsync(1, HttpMethod.Get, "/");
        Assert.Null(LengthOf(response));
    }

    [Fact]
    public async Task A_head_request_and_a_redirect_commit_too()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(1, static app =>
        {
            SessionApp.Map(app);
            app.MapMethods("/head", ["HEAD"], static (HttpContext context) => context.Session.SetString("head", "1"));
            app.MapGet("/moved", static (HttpContext context) =>
            {
                context.Session.SetString("moved", "1");
                return Results.LocalRedirect("/keys");
            });
        });
        TestBrowser browser = cluster.Browser();
        using HttpResponseMessage head = await browser.SendAsync(1, HttpMethod.Head, "/head");
        using HttpResponseMessage moved = await browser.SendAsync(1, HttpMethod.Get, "/moved");
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, moved.StatusCode);
        Assert.Equal("head moved", await browser.GetAsync(1, "/keys"));
    }

    [Fact]
    public async Task Callbacks_of_the_response_run_once_and_may_set_headers()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(1, static app =>
            app.MapGet("/", static (HttpContext context) =>
            {
                context.Response.OnStarting(() =>
                {
                    context.Response.Headers.Append("X-Starting", "1");
                    return Task.CompletedTask;
                });
                context.Session.SetString("a", "1");
                return "body";
            }));
        using HttpResponseMessage response = await cluster.Browser().SendAsync(1, HttpMethod.Get, "/");
        Assert.Equal(["1"], response.Headers.GetValues("X-Starting"));
    }

    [Fact]
    public async Task Synchronous_writes_are_refused_or_allowed_as_the_server_says()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(1, static app =>
        {
            app.MapGet("/forbidden", static (HttpContext context) =>
            {
                context.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = false;
                context.Response.Body.Write("x"u8);
            });
            app.MapGet("/allowed", static (HttpContext context) =>
            {
                context.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
                context.Session.SetString("a", "1");
                context.Response.Body.Write("x"u8);
                context.Response.Body.Flush();
                context.Response.Body.Write("y"u8);
            });
        });
        TestBrowser browser = cluster.Browser();
        await Assert.ThrowsAsync<InvalidOperationException>(() => browser.SendAsync(1, HttpMethod.Get, "/forbidden"));
        Assert.Equal("xy", await browser.GetAsync(1, "/allowed"));
    }

    [Fact]
    public async Task An_error_page_replaces_what_the_failed_handler_had_written_and_set()
    {
        await using TestNode node = TestNode.Create(
            new MemoryNetwork(),
            TestCluster.Configure(1, 1),
            static builder => builder.Services.AddSingleton<Microsoft.AspNetCore.Hosting.IStartupFilter, ErrorPage>(),
            static app => app.MapGet("/", static async (HttpContext context) =>
            {
                context.Session.SetString("a", "1");
                await context.Response.Body.WriteAsync("half a page"u8.ToArray());
                throw new InvalidOperationException("on purpose");
            }));
        await node.App.StartAsync(TestContext.Current.CancellationToken);
        await TestCluster.UntilAsync(() => node.Loop.Snapshot.IsReady, "the node is ready");
        using HttpClient client = node.Server.CreateClient();
        using HttpResponseMessage response =
            await client.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("error page", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.False(response.Headers.Contains("Set-Cookie"));
        Assert.Equal(0, node.Loop.Snapshot.Primaries);
    }

    /// <summary>The header, and not what the client makes of a body that it has read.</summary>
    private static string[]? LengthOf(HttpResponseMessage response) =>
        response.Content.Headers.NonValidated.TryGetValues("Content-Length", out HeaderStringValues values)
            ? [.. values]
            : null;

    private sealed class ErrorPage : Microsoft.AspNetCore.Hosting.IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.UseExceptionHandler(static error =>
                error.Run(static context => context.Response.WriteAsync("error page")));
            next(app);
        };
    }
}
