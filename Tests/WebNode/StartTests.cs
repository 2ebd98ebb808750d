using System.Diagnostics;
using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.WebNode;

/// <summary>What the program says where it cannot start.</summary>
public sealed class StartTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("Backup", "", "Replication:Port is '0'")]
    [InlineData("Shared", "", "ConnectionStrings:sessions is not readable")]
    [InlineData("None", "65536", "Http2:Port is '65536': allowed is a port from 1 to 65535.")]
    public async Task A_wrong_setting_ends_it_with_a_line_about_it_and_no_stack_whatever_the_mode(
        string mode, string http2Port, string said)
    {
        ProcessStartInfo start = BuiltProgram.Of("SessionCluster.WebNode");
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["Http2__Port"] = http2Port;
        start.Environment["Replication__Node"] = "node1";
        start.Environment["Replication__Secret"] = "sixteen letters!";
        start.Environment["Replication__Mode"] = mode;
        start.Environment["Replication__Port"] = "0";
        start.Environment["Replication__Peers__node2"] = "tcp://localhost:7102";
        start.Environment["ConnectionStrings__sessions"] = "localhost,ssl=perhaps";
        using Process node = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            node.BeginOutputReadLine();
            string[] errors = (await node.StandardError.ReadToEndAsync(limit.Token)).Trim().Split('\n');
            await node.WaitForExitAsync(limit.Token);

            Assert.Equal(1, node.ExitCode);
            Assert.Equal(2, errors.Length);
            Assert.StartsWith(said, errors[1], StringComparison.Ordinal);
        }
        finally
        {
            node.Kill(entireProcessTree: true);
        }
    }
}
