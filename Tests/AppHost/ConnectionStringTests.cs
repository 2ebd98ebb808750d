using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using SessionCluster.Tests.EndToEnd;
using Store = SessionCluster.AppHost.SessionStore;

namespace SessionCluster.Tests.AppHost;

/// <summary>
/// A mistake in the connection string of the shared store is said on the console, and no password with it.
/// </summary>
public sealed class ConnectionStringTests
{
    private const int WrongUsage = 2;

    [Theory]
    [InlineData("localhost,password=hush,ssl=perhaps", "\"ssl\" cannot be what it says")]
    [InlineData("localhost:6379,password=hush,connectTimeout=soon", "\"connectTimeout\" cannot be what it says")]
    [InlineData("localhost,password=a,hush=b", "there is a keyword in it that is unknown")]
    [InlineData("password=hush", "it names no server")]
    [InlineData("rediss://:hush@localhost:6380", "it is a URL, and host:port,user=…,password=…,ssl=true is wanted")]
    [InlineData("tcp://me:hush@localhost:6379", "it is a URL, and host:port,user=…,password=…,ssl=true is wanted")]
    public void A_mistake_is_named_and_no_password(string given, string expected)
    {
        string? mistake = Store.FindMistake(Configuration(given));

        Assert.StartsWith($"ConnectionStrings__sessions: {expected}; allowed: ", mistake, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", mistake, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("tcp://127.0.0.1:6379/")]
    [InlineData("!/run/redis.sock,password=a/b@c")]
    [InlineData("[::1]:6379")]
    [InlineData("one:6379,two:6379,password=hu:sh,ssl=true,abortConnect=false")]
    [InlineData("")]
    public void What_a_node_can_read_is_none(string given) => Assert.Null(Store.FindMistake(Configuration(given)));

    [Fact]
    public async Task The_run_ends_before_it_has_begun_with_one_line()
    {
        ProcessStartInfo start = BuiltProgram.Of("SessionCluster.AppHost", "--mode", "shared", "--balancer-port", "0");
        start.Environment["ConnectionStrings__sessions"] = "localhost,password=hush,ssl=perhaps";
        using Process run = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            Task<string> said = run.StandardOutput.ReadToEndAsync(limit.Token);
            string refused = await run.StandardError.ReadToEndAsync(limit.Token);
            await run.WaitForExitAsync(limit.Token);

            Assert.Equal(WrongUsage, run.ExitCode);
            Assert.StartsWith("ConnectionStrings__sessions: \"ssl\"", refused, StringComparison.Ordinal);
            Assert.Single(refused.Trim().Split('\n'));
            Assert.Equal("", await said);
        }
        finally
        {
            run.Kill(entireProcessTree: true);
        }
    }

    private static IConfiguration Configuration(string given) => new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:sessions"] = given })
        .Build();
}
