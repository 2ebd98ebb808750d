using System.Globalization;
using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.Faults.Members;

/// <summary>
/// Nodes and the balancer as plain processes, started and ended by the test. Beside the AppHost's cluster, they can all
/// be started in one moment, balancer included, there may be members that are not up yet, and what each writes is at
/// hand.
/// </summary>
internal abstract class MemberCluster : IAsyncDisposable
{
    public const string Balancer = "balancer";
    private readonly IReadOnlyDictionary<string, Place> _places;
    private readonly Dictionary<string, string> _settings;
    private readonly HashSet<string> _configured;
    private readonly Dictionary<string, MemberProcess> _processes = [];
    private readonly Browser _observer;

    /// <param name="places">All members that there may be, the balancer among them.</param>
    /// <param name="settings">Of every member, for example <c>Replication__PartitionPolicy</c>.</param>
    protected MemberCluster(IReadOnlyDictionary<string, Place> places, params (string Name, string Value)[] settings)
    {
        _places = places;
        _settings = settings.ToDictionary();
        _configured = [.. places.Keys];
        _observer = new Browser(DoorOf(Balancer));
        Table = new ClusterTable(_observer);
    }

    /// <summary>What the balancer shows.</summary>
    public ClusterTable Table { get; }

    /// <summary>Whom the configuration names, for processes that are started from now on: at first, all.</summary>
    public void Configure(params string[] members)
    {
        _configured.Clear();
        _configured.UnionWith(members);
    }

    /// <summary>Changes a setting, for processes that are started from now on.</summary>
    public void Set(string name, string value) => _settings[name] = value;

    /// <summary>Where clients reach a member.</summary>
    public Uri DoorOf(string member) => new(_places[member].Http);

    public Uri[] DoorsOf(params string[] members) => [.. members.Select(DoorOf)];

    /// <summary>Starts members in one moment, and waits for none.</summary>
    public async Task StartAsync(params string[] members)
    {
        foreach (var former in members.Where(_processes.ContainsKey))
        {
            await _processes[former].DisposeAsync();
        }

        foreach (var member in members)
        {
            var program = member == Balancer ? "SessionCluster.Balancer" : "SessionCluster.WebNode";
            var start = _places[member].Space is { } space
                ? BuiltProgram.InNamespace(space, program)
                : BuiltProgram.Of(program);
            _processes[member] = MemberProcess.Start(start, SettingsOf(member));
        }
    }

    /// <summary>Waits until these nodes serve, all in one view, and who else is in it is the balancer.</summary>
    public Task ServeAsync(params string[] nodes) => Eventually.SeeAsync(
        $"{string.Join(", ", nodes)} ready in one view with the balancer",
        Patience.ClusterStart,
        async () => await Task.WhenAll(nodes.Select(TryAskAsync)),
        pages => pages.All(page => page is { Ready: true } && page.Members == nodes.Length + 1)
            && pages.Select(page => page!.View).Distinct().Count() == 1);

    /// <summary>What a node says of itself; null where it says nothing.</summary>
    public async Task<NodePage?> TryAskAsync(string node)
    {
        try
        {
            return await AskAsync<NodePage>(node, "/_node");
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public Task<T> AskAsync<T>(string node, string path) => _observer.ReadAsync<T>(new Uri(DoorOf(node), path));

    public Task<Pause> FreezeAsync(string member) => _processes[member].FreezeAsync();

    public Task<Starvation> StarveAsync(string member) => _processes[member].StarveAsync();

    public Task KillAsync(string member) => _processes[member].KillAsync();

    public Task LeaveAsync(string member) => _processes[member].LeaveAsync();

    /// <summary>What a member has written to its console.</summary>
    public IReadOnlyCollection<string> OutputOf(string member) => _processes[member].Output;

    public virtual async ValueTask DisposeAsync()
    {
        _observer.Dispose();
        foreach (var process in _processes.Values)
        {
            await process.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    private IEnumerable<KeyValuePair<string, string>> SettingsOf(string member)
    {
        var place = _places[member];
        yield return new(
            "ASPNETCORE_URLS", string.Create(CultureInfo.InvariantCulture, $"http://0.0.0.0:{place.HttpPort}"));
        yield return new("Http2__Port", place.Http2Port.ToString(CultureInfo.InvariantCulture));
        yield return new("Probe__Enabled", "true");
        yield return new("Replication__Node", member);
        yield return new("Replication__Port", place.ReplicationPort.ToString(CultureInfo.InvariantCulture));
        yield return new("Replication__Secret", "known to these members only");
        yield return new("Replication__Voters__0", Balancer);
        foreach (var (peer, where) in _places.Where(other => other.Key != member && _configured.Contains(other.Key)))
        {
            yield return new($"Replication__Peers__{peer}", where.Replication);
        }

        foreach (var (node, where) in _places.Where(other => other.Key != Balancer && _configured.Contains(other.Key)))
        {
            yield return new($"Balancer__Nodes__{node}", where.Http);
            yield return new($"Balancer__Http2__{node}", where.Http2);
        }

        foreach (var (name, value) in _settings)
        {
            yield return new(name, value);
        }
    }
}
