using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SessionCluster.Replication.AspNetCore.Hosting;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>Upgraded connections, on the real server, because they start their response beside the body.</summary>
public sealed class WebSocketTests
{
    [Fact]
    public async Task A_web_socket_opens_with_the_sessions_cookie_and_what_it_changes_later_is_kept()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using WebApplication app = Build();
        await app.StartAsync(cancellation);
        NodeLoop loop = app.Services.GetRequiredService<NodeLoop>();
        await TestCluster.UntilAsync(() => loop.Snapshot.IsReady, "the node is ready");
        IServer server = app.Services.GetRequiredService<IServer>();
        string address = server.Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        string socketAddress = address.Replace("http", "ws", StringComparison.Ordinal);
        await socket.ConnectAsync(new Uri(socketAddress + "/socket"), cancellation);
        string cookie = socket.HttpResponseHeaders!["Set-Cookie"].Single().Split(';')[0];
        Assert.Equal("1", await GetAsync(address, "/get/before", cookie));

        await socket.SendAsync("go"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, cancellation);
        byte[] answer = new byte[16];
        WebSocketReceiveResult received = await socket.ReceiveAsync(answer, cancellation);
        Assert.Equal("went", Encoding.ASCII.GetString(answer, 0, received.Count));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, cancellation);
        string last = "";
        for (int asked = 0; last != "2" && asked < 200; asked++)
        {
            last = await GetAsync(address, "/get/during", cookie);
        }

        Assert.Equal("2", last);
    }

    private static async Task<string> GetAsync(string address, string path, string cookie)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("Cookie", cookie);
        return await client.GetStringAsync(new Uri(address + path), TestContext.Current.CancellationToken);
    }

    private static WebApplication Build()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(TestCluster.Configure(
            1, 0, new Dictionary<string, string?> { ["Mode"] = "none", ["Port"] = "0" }));
        builder.Logging.ClearProviders();
        builder.AddSessionReplication();
        WebApplication app = builder.Build();
        app.UseSession();
        app.UseSessionReplication();
        app.UseWebSockets();
        SessionApp.Map(app);
        app.Map("/socket", async (HttpContext context) =>
        {
            context.Session.SetString("before", "1");
            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
            byte[] message = new byte[16];
            await socket.ReceiveAsync(message, context.RequestAborted);
            context.Session.SetString("during", "2");
            await socket.SendAsync(
                "went"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
            await socket.ReceiveAsync(message, context.RequestAborted);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
        });
        return app;
    }
}
