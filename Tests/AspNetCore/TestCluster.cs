using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>Some nodes that have found each other.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    public const string Secret = "a secret of the test's own cluster";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<TestNode> _nodes = [];

    public MemoryNetwork Network { get; } = new();

    public TestNode this[int number] => _nodes[number - 1];

    /// <summary>Starts nodes, and waits until all are ready.</summary>
    public static async Task<TestCluster> StartAsync(
        int nodes,
        Action<WebApplication> map,
        Dictionary<string, string?>? options = null,
        Action<WebApplicationBuilder>? configure = null)
    {
        var cluster = new TestCluster();
        for (int number = 1; number <= nodes; number++)
        {
            Dictionary<string, string?> configuration = Configure(number, nodes, options);
            cluster._nodes.Add(TestNode.Create(cluster.Network, configuration, configure, map));
        }

        await Task.WhenAll(cluster._nodes.Select(static node => node.App.StartAsync()));
        await UntilAsync(
            () => cluster._nodes.TrueForAll(node => node.Loop.Snapshot.IsReady && node.Loop.Snapshot.Members == nodes),
            () => "the nodes are ready: " + cluster.Describe());

        return cluster;
    }

    public static Dictionary<string, string?> Configure(
        int number, int nodes, IReadOnlyDictionary<string, string?>? options = null)
    {
        var configuration = new Dictionary<string, string?>
        {
            ["Replication:Node"] = $"node{number}",
            ["Replication:Secret"] = Secret,
            ["Replication:Port"] = "1",
            ["Replication:DrainTimeout"] = "00:00:02",
            ["Replication:DrainNotice"] = "0",
            ["Replication:HeartbeatInterval"] = "00:00:00.05",
            ["Replication:CommitTimeout"] = "00:00:10",   // A busy machine is not what is tested.
        };
        for (int peer = 1; peer <= nodes; peer++)
        {
            configuration[$"Replication:Peers:node{peer}"] = $"tcp://localhost:{peer}";
        }

        foreach ((string key, string? value) in options ?? new Dictionary<string, string?>())
        {
            configuration["Replication:" + key] = value;
        }

        return configuration;
    }

    /// <summary>Waits for a state of the cluster.</summary>
    public static Task UntilAsync(Func<bool> holds, string what) => UntilAsync(holds, () => what);

    /// <summary>Waits for a state of the cluster, and describes it where it does not come.</summary>
    public static async Task UntilAsync(Func<bool> holds, Func<string> what)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!holds())
        {
            Assert.False(patience.IsCancellationRequested, $"After {Patience} it is still not so that {what()}.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), CancellationToken.None);
        }
    }

    /// <summary>The copies of all sessions on one node.</summary>
    public Task<CopyDescription[]> CopiesAsync(int number) =>
        this[number].Loop.InspectAsync(static (node, _) => node.Copies.ToArray(), CancellationToken.None);

    /// <summary>Ends a node as a crash does: it says nothing, and its peers' dials are refused.</summary>
    /// <param name="numbers">Which nodes. None of them does anything more when the first one's death is seen.</param>
    public async Task CrashAsync(params int[] numbers)
    {
        await Task.WhenAll(numbers.Select(number => this[number].Loop.StopAsync()));
        await Task.WhenAll(numbers.Select(
            number => this[number].App.Services.GetRequiredService<IPeerTransport>().StopAsync(CancellationToken.None)));
    }

    /// <summary>What each node knows, and what it has said, for the message of a test that fails.</summary>
    public string Describe() => string.Join('\n', _nodes.Select(static node =>
        $"{node.Loop.Snapshot}\n" + string.Join('\n', node.Logs.Entries
            .Where(static entry => entry.Id.Id is >= 100 and < 400 && entry.Id.Name is not null)
            .Select(static entry => $"    {entry.Id.Name}: {entry.Text}"))));

    /// <summary>A browser: one jar of cookies for all nodes.</summary>
    public TestBrowser Browser() => new(this);

    public async ValueTask DisposeAsync()
    {
        Network.Release();
        foreach (TestNode node in _nodes)
        {
            await node.DisposeAsync();
        }
    }
}

/// <summary>Sends the session's cookie to whichever node it asks, as a browser does through a balancer.</summary>
internal sealed class TestBrowser(TestCluster cluster)
{
    public string? Cookie { get; set; }

    /// <summary>When cancelled, the visitor has closed the browser, whatever it still waits for.</summary>
    public CancellationToken Gone { get; init; }

    /// <summary>Another tab of the same visitor, with a jar of its own.</summary>
    public TestBrowser Tab() => new(cluster) { Cookie = Cookie };

    public async Task<HttpResponseMessage> SendAsync(
        int node,
        HttpMethod method,
        string path,
        HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead,
        string? key = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (key is not null)
        {
            request.Headers.Add("Session-Cluster-Request-Key", key);
        }

        if (Cookie is not null)
        {
            request.Headers.Add("Cookie", Cookie);
        }

        using HttpClient client = cluster[node].Server.CreateClient();
        HttpResponseMessage response = await client.SendAsync(request, completion, Gone);
        if (response.Headers.TryGetValues("Set-Cookie", out IEnumerable<string>? cookies))
        {
            string last = cookies.Last().Split(';')[0];
            Cookie = last.EndsWith('=') ? null : last;
        }

        return response;
    }

    public async Task<string> GetAsync(int node, string path)
    {
        using HttpResponseMessage response = await SendAsync(node, HttpMethod.Get, path);
        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }
}
