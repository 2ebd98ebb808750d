using System.Globalization;
using System.Net;
using System.Net.Http.Json;

namespace SessionCluster.Benchmarks.Cluster;

/// <summary>Nodes and a balancer as real processes, in one mode; they end with this object.</summary>
internal sealed class MeasuredCluster : IDisposable
{
    private const string BalancerName = "balancer";
    private const string StoreName = "sessions";
    private const string ProbeEnabled = "Probe__Enabled";

    private readonly ClusterSetup _setup;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly List<CountingRelay> _relays = [];
    private readonly List<MemberProcess> _nodes = [];
    private readonly Dictionary<string, int> _http2Ports = new(StringComparer.Ordinal);
    private MemberProcess? _balancer;
    private MemberProcess? _store;

    private MeasuredCluster(ClusterSetup setup) => _setup = setup;

    public string Mode => _setup.Mode;

    /// <summary>The work tree whose build it is; null for that of this program.</summary>
    public string? Root => _setup.Root;

    public IReadOnlyList<MemberProcess> Nodes => _nodes;

    public MemberProcess Balancer => _balancer!;

    /// <summary>Nodes, balancer, and the store where there is one.</summary>
    public IReadOnlyList<MemberProcess> All => [.. Members];

    /// <summary>
    /// The processor time that nodes and balancer, and the store where there is one, have used together.
    /// </summary>
    public TimeSpan ProcessorTime =>
        Members.Where(static member => member.IsAlive)
            .Aggregate(TimeSpan.Zero, static (sum, member) => sum + member.ProcessorTime);

    /// <summary>What has passed between the members; counted only where that was asked for.</summary>
    public long WireBytes => _relays.Sum(static relay => relay.Bytes);

    /// <summary>Starts a cluster and waits until every member is ready.</summary>
    /// <param name="setup">What it is made of.</param>
    /// <param name="cancellationToken">Ends what was started, and throws.</param>
    public static async Task<MeasuredCluster> StartAsync(ClusterSetup setup, CancellationToken cancellationToken)
    {
        var cluster = new MeasuredCluster(setup);
        try
        {
            cluster.StartMembers();
            foreach (MemberProcess member in cluster.Members)
            {
                await member.UntilReadyAsync(cluster._http, cancellationToken);
            }

            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="MemberProcess.WatchAsync"/>
    public Task WatchAsync(Func<Task> work) => MemberProcess.WatchAsync([.. Members], work);

    /// <inheritdoc cref="MemberProcess.WatchAsync"/>
    public Task WatchAsync(Action work) => WatchAsync(() =>
    {
        work();
        return Task.CompletedTask;
    });

    /// <summary>
    /// What a living node says of itself; nothing where it is too busy to say anything, which passes.
    /// </summary>
    public async Task<NodeReport?> ReadAsync(MemberProcess node, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await _http.GetAsync(node.AddressOf("/_node"), cancellationToken);
        return answer.StatusCode == HttpStatusCode.ServiceUnavailable
            ? null
            : await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<NodeReport>(cancellationToken);
    }

    /// <summary>
    /// The memory of all living nodes, and of the store where there is one, that is in use after a full collection, and
    /// that their processes have of the machine then.
    /// </summary>
    public async Task<MemoryInUse> CollectAsync(CancellationToken cancellationToken)
    {
        MemoryInUse all = default;
        foreach (MemberProcess member in Members.Where(member => member != _balancer && member.IsAlive))
        {
            long heap = await member.CollectAsync(_http, cancellationToken);
            all += new MemoryInUse(heap, member.ResidentBytes);
        }

        return all;
    }

    /// <summary>How much managed memory all nodes have ever allocated, in bytes; nothing where one does not tell.</summary>
    public async Task<long?> AllocatedAsync(CancellationToken cancellationToken)
    {
        long? all = 0;
        foreach (MemberProcess node in Nodes)
        {
            all += await node.AllocatedAsync(_http, cancellationToken);
        }

        return all;
    }

    /// <summary>
    /// The memory of the balancer alone: what it takes for each session depends on whether it is a member, and what it
    /// takes for each client that is connected is no session's.
    /// </summary>
    public Task<long> CollectBalancerAsync(CancellationToken cancellationToken) =>
        Balancer.CollectAsync(_http, cancellationToken);

    /// <summary>Where a node speaks HTTP/2.</summary>
    public int Http2PortOf(MemberProcess node) => _http2Ports[node.Name];

    public void Dispose()
    {
        _balancer?.Dispose();
        _store?.Dispose();
        _nodes.ForEach(static node => node.Dispose());
        _relays.ForEach(static relay => relay.Dispose());
        _http.Dispose();
    }

    private IEnumerable<MemberProcess> Members =>
        [.. _store is null ? [] : new[] { _store }, .. _nodes, .. _balancer is null ? [] : new[] { _balancer }];

    private void StartMembers()
    {
        int count = _setup.Nodes;
        string[] names = [.. Enumerable.Range(1, count).Select(static number => $"node{number}"), BalancerName];
        int[] ports = FreePorts.Take((names.Length * 2) + count);
        int[] replicationPorts = ports[names.Length..(names.Length * 2)];
        int[] http2Ports = ports[(names.Length * 2)..];
        int[] reachedAt = _setup.CountsWire ? [.. replicationPorts.Select(Relay)] : replicationPorts;
        string secret = Guid.NewGuid().ToString("N");
        string store = Mode == "shared" ? StartStore() : "";
        for (int index = 0; index < names.Length; index++)
        {
            var settings = new Dictionary<string, string>
            {
                ["Replication__Node"] = names[index],
                ["Replication__Mode"] = Mode,
                ["Replication__Secret"] = secret,
                ["Replication__Port"] = replicationPorts[index].ToString(CultureInfo.InvariantCulture),
                ["Replication__Voters__0"] = BalancerName,
                [ProbeEnabled] = "true",
            };
            if (store.Length > 0)
            {
                settings["ConnectionStrings__sessions"] = store;
            }

            if (_setup.IdleTimeout is { } idleTimeout)
            {
                settings["Session__IdleTimeout"] = idleTimeout.ToString("c", CultureInfo.InvariantCulture);
            }

            for (int peer = 0; peer < names.Length; peer++)
            {
                settings[$"Replication__Peers__{names[peer]}"] =
                    string.Create(CultureInfo.InvariantCulture, $"tcp://127.0.0.1:{reachedAt[peer]}");
            }

            if (index < count)
            {
                settings["Http2__Port"] = http2Ports[index].ToString(CultureInfo.InvariantCulture);
                _nodes.Add(new MemberProcess(names[index], "WebNode", ports[index], settings, Root));
                _http2Ports[names[index]] = http2Ports[index];
            }
            else
            {
                StartBalancer(ports, settings);
            }
        }
    }

    /// <returns>Where the nodes reach it.</returns>
    private string StartStore()
    {
        int port = FreePorts.Next();
        _store = _setup.Store == RedisProcess.Kind
            ? new RedisProcess(StoreName, port)
            : new MemberProcess(StoreName, "SessionStore", FreePorts.Next(), new Dictionary<string, string>
            {
                ["Store__Port"] = port.ToString(CultureInfo.InvariantCulture),
                [ProbeEnabled] = "true",
            }, Root);
        int reachedAt = _setup.CountsWire ? Relay(port) : port;
        return string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{reachedAt}");
    }

    private void StartBalancer(int[] ports, Dictionary<string, string> settings)
    {
        settings["Replication__Role"] = "Voter";
        for (int node = 0; node < _nodes.Count; node++)
        {
            settings[$"Balancer__Nodes__{_nodes[node].Name}"] =
                string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports[node]}");
            settings[$"Balancer__Http2__{_nodes[node].Name}"] =
                string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Http2PortOf(_nodes[node])}");
        }

        _balancer = new MemberProcess(BalancerName, "Balancer", ports[_nodes.Count], settings, Root);
    }

    private int Relay(int target)
    {
        var relay = new CountingRelay(target);
        _relays.Add(relay);
        return relay.Port;
    }
}
