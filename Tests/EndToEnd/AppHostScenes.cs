using Aspire.Hosting.ApplicationModel;

namespace SessionCluster.Tests.EndToEnd;

/// <summary>What the buttons in the dashboard do.</summary>
[Collection(nameof(BackupFixture))]
public sealed class AppHostScenes(BackupFixture fixture)
{
    private const string Node = "node2";
    private readonly RunningCluster _cluster = fixture.Cluster;

    [Fact]
    public async Task Crash_kills_the_nodes_own_process_and_start_brings_it_back_to_the_same_address()
    {
        var (process, address) = (await _cluster.ProcessIdOfAsync(Node), _cluster.AddressOf(Node));

        await _cluster.CommandAsync(Node, "crash");
        await _cluster.StartNodeAsync(Node);

        Assert.NotEqual(process, await _cluster.ProcessIdOfAsync(Node));
        Assert.Equal(address, _cluster.AddressOf(Node));
    }

    [Fact]
    public async Task Restart_gives_the_node_a_new_process()
    {
        var process = await _cluster.ProcessIdOfAsync(Node);

        await _cluster.CommandAsync(Node, KnownResourceCommands.RestartCommand);
        await _cluster.BecomesHealthyAsync(Node);

        Assert.NotEqual(process, await _cluster.ProcessIdOfAsync(Node));
    }
}
