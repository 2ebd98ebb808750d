using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using StackExchange.Redis;

namespace SessionCluster.Benchmarks.Cluster;

/// <summary><c>redis-server</c> as it is on the PATH, in memory only; it ends with this object.</summary>
internal sealed class RedisProcess(string name, int port) : MemberProcess(name, port, StartAt(port))
{
    /// <summary>What it is called on the command line.</summary>
    public const string Kind = "redis";

    private const string Program = "redis-server";

    /// <summary>Its version; null where there is none on the PATH.</summary>
    public static string? FindVersion()
    {
        try
        {
            using Process process =
                Process.Start(new ProcessStartInfo(Program, ["--version"]) { RedirectStandardOutput = true })!;
            string said = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            const string Mark = "v=";
            return said.Split(' ').FirstOrDefault(static word => word.StartsWith(Mark, StringComparison.Ordinal))
                ?[Mark.Length..] ?? "of unknown version";
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>What it says that it uses: it collects nothing, but frees what has gone.</summary>
    public override async Task<long> CollectAsync(HttpClient http, CancellationToken cancellationToken)
    {
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(Options);
        IGrouping<string, KeyValuePair<string, string>>[] memory =
            await connection.GetServers().Single().InfoAsync("memory");
        var lines = memory.SelectMany(static section => section).ToDictionary();
        return long.Parse(lines["used_memory"], CultureInfo.InvariantCulture);
    }

    protected override async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(Options);
        return connection.IsConnected;
    }

    private ConfigurationOptions Options => new()
    {
        EndPoints = { { "127.0.0.1", Port } }, AbortOnConnectFail = false, ConnectTimeout = 1000, AllowAdmin = true,
    };

    private static ProcessStartInfo StartAt(int port) => new(
        Program,
        [
            "--bind", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture),
            "--dir", Path.GetTempPath(), "--save", "", "--appendonly", "no",
        ]);
}
