using System.Globalization;
using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.Faults.Partitions;

/// <summary>Four nodes and the balancer, each in a network namespace of its own.</summary>
internal sealed class PartitionedCluster : IAsyncDisposable
{
    public const string Balancer = "balancer";
    private const int HttpPort = 8080;
    private const int ReplicationPort = 7000;
    private static readonly string[] Members = [.. RunningCluster.NodeNames, Balancer];
    private readonly Dictionary<string, MemberProcess> _processes = [];
    private readonly Browser _observer;

    private PartitionedCluster(NetworkNamespaces network)
    {
        Network = network;
        _observer = new Browser(DoorOf(Balancer));
        Table = new ClusterTable(_observer);
    }

    public NetworkNamespaces Network { get; }

    /// <summary>What the balancer shows.</summary>
    public ClusterTable Table { get; }

    /// <summary>Starts it, and waits until it is whole.</summary>
    /// <param name="settings">Of every member, for example <c>Replication__PartitionPolicy</c>.</param>
    public static async Task<PartitionedCluster> StartAsync(params (string Name, string Value)[] settings)
    {
        var cluster = new PartitionedCluster(await NetworkNamespaces.CreateAsync(Members));
        try
        {
            foreach (var member in Members)
            {
                var program = member == Balancer ? "SessionCluster.Balancer" : "SessionCluster.WebNode";
                cluster._processes[member] = MemberProcess.Start(
                    cluster.Network.NamespaceOf(member), program, cluster.SettingsOf(member, settings));
            }

            await cluster.WholeAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where clients reach a member.</summary>
    public Uri DoorOf(string member) =>
        new(string.Create(CultureInfo.InvariantCulture, $"http://{Network.AddressOf(member)}:{HttpPort}/"));

    public Uri[] DoorsOf(params string[] members) => [.. members.Select(DoorOf)];

    public Task<Pause> FreezeAsync(string member) => _processes[member].FreezeAsync();

    /// <summary>What a member has written to its console.</summary>
    public IReadOnlyCollection<string> OutputOf(string member) => _processes[member].Output;

    /// <summary>Waits until every node serves, and all in one view, in which the balancer is too.</summary>
    public Task WholeAsync() => Eventually.SeeAsync(
        "four nodes ready in one view with the balancer",
        Patience.ClusterStart,
        async () => await Task.WhenAll(RunningCluster.NodeNames.Select(AskAsync)),
        nodes => nodes.All(node => node is { Ready: true } && node.Members == Members.Length)
            && nodes.Select(node => node!.View).Distinct().Count() == 1);

    /// <summary>How many values gave way in merges, as the nodes count them.</summary>
    public async Task<long> OverwrittenAsync()
    {
        var nodes = await Task.WhenAll(RunningCluster.NodeNames.Select(AskAsync));
        return nodes.Sum(node => node?.Overwritten ?? 0);
    }

    public async ValueTask DisposeAsync()
    {
        _observer.Dispose();
        foreach (var process in _processes.Values)
        {
            await process.DisposeAsync();
        }

        await Network.DisposeAsync();
    }

    private async Task<NodePage?> AskAsync(string node)
    {
        try
        {
            return await _observer.ReadAsync<NodePage>(new Uri(DoorOf(node), "/_node"));
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private IEnumerable<KeyValuePair<string, string>> SettingsOf(string member, (string Name, string Value)[] more)
    {
        yield return new("ASPNETCORE_URLS", $"http://0.0.0.0:{HttpPort}");
        yield return new("Probe__Enabled", "true");
        yield return new("Replication__Node", member);
        yield return new("Replication__Port", ReplicationPort.ToString(CultureInfo.InvariantCulture));
        yield return new("Replication__Secret", "known to these members only");
        yield return new("Replication__Voters__0", Balancer);
        foreach (var peer in Members.Where(peer => peer != member))
        {
            yield return new($"Replication__Peers__{peer}", $"tcp://{Network.AddressOf(peer)}:{ReplicationPort}");
        }

        foreach (var node in RunningCluster.NodeNames)
        {
            yield return new($"Balancer__Nodes__{node}", $"http://{Network.AddressOf(node)}:{HttpPort}");
        }

        foreach (var (name, value) in more)
        {
            yield return new(name, value);
        }
    }

    private sealed record NodePage(long View, int Members, bool Ready, long Overwritten);
}
