using System.Globalization;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Compare;
using SessionCluster.Benchmarks.Load;

namespace SessionCluster.Benchmarks.Profile;

/// <summary>
/// Holds one load after the other, in turns, and counts the processor time of every process meanwhile. All clusters are
/// up all the time.
/// </summary>
internal sealed class ProfileRun(ProfileOptions options, Action<string> tell)
{
    /// <summary>What there is to report of each load, in its order; all times are of one request.</summary>
    public static readonly string[] Columns =
    [
        "requests a second", "p99, ms", "nodes, µs", "proxy, µs", "other members, µs", "generator, µs",
    ];

    /// <summary>What was measured so far: one measure for each load and way, its samples by column.</summary>
    public Findings Findings { get; } = new(Columns);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var attempts = new Attempts(Findings, tell, cancellationToken);
        var clusters = new List<ProfiledCluster>();
        try
        {
            foreach (ClusterSetup setup in Setups)
            {
                string of = setup.Root is null ? "" : $" of {setup.Root}";
                await attempts.TryAsync($"{setup.Mode}{of}: start", async () => clusters.Add(
                    await ProfiledCluster.StartAsync(setup, options.Ways, cancellationToken)));
            }

            List<Held> all = [.. LoadsOf(clusters)];
            foreach (Held held in all.ToArray())
            {
                if (!await attempts.TryAsync($"{held}: warm up", () => WarmUpAsync(held, cancellationToken)))
                {
                    all.Remove(held);
                }
            }

            for (int round = 1; round <= options.Rounds; round++)
            {
                Findings.Round = round;
                foreach (Held held in Comparison.InTurn([.. all], round))
                {
                    await attempts.TryAsync(
                        $"{held}: {round} of {options.Rounds}, {Name(held.Cluster.All)}",
                        () => held.WatchAsync(() => HoldAsync(held, cancellationToken)));
                }
            }
        }
        finally
        {
            clusters.ForEach(static cluster => cluster.Dispose());
        }
    }

    private IEnumerable<ClusterSetup> Setups =>
        from mode in options.Modes
        from root in options.Before is null ? new string?[] { null } : [null, options.Before]
        select new ClusterSetup(mode, options.Nodes) { Root = root };

    private IEnumerable<Held> LoadsOf(IReadOnlyList<ProfiledCluster> clusters) =>
        from load in options.Loads
        from way in options.Ways
        from cluster in clusters
        select new Held(cluster, load, way);

    private Task WarmUpAsync(Held held, CancellationToken cancellationToken) => held.WatchAsync(() =>
    {
        using OpenConnections connections = held.Open(options.Connections);
        Findings.AddComplaint(
            $"{held}: warm up", new LoadGenerator(connections.All).RunFor(options.WarmUp, cancellationToken));
        return Task.CompletedTask;
    });

    private async Task HoldAsync(Held held, CancellationToken cancellationToken)
    {
        using OpenConnections connections = held.Open(options.Connections);
        using AttachedCommand? attached =
            options.During is { } command ? new AttachedCommand(command, VariablesFor(held)) : null;
        IReadOnlyList<MemberProcess> members = held.Cluster.All;
        TimeSpan[] before = [.. members.Select(static member => member.ProcessorTime)];
        TimeSpan ownBefore = Environment.CpuUsage.TotalTime;
        LoadResult result = new LoadGenerator(connections.All).RunFor(options.Duration, cancellationToken);
        TimeSpan own = Environment.CpuUsage.TotalTime - ownBefore;
        var used = members.Zip(before).ToDictionary(
            static each => each.First,
            each => (each.First.ProcessorTime - each.Second).TotalMicroseconds / result.Requests);
        Findings.AddComplaint(held.ToString(), result);
        Add(held, result, used, own.TotalMicroseconds / result.Requests);
        if (attached is not null)
        {
            await attached.UntilItEndsAsync(cancellationToken);
        }
    }

    private void Add(Held held, LoadResult result, Dictionary<MemberProcess, double> used, double own)
    {
        double nodes = held.Cluster.Nodes.Sum(node => used[node]);
        double proxy = held.Proxy is { } stands ? used[stands] : 0;
        double[] samples =
            [result.RequestsPerSecond, result.LatencyMs(0.99), nodes, proxy, used.Values.Sum() - nodes - proxy, own];
        foreach ((string column, double sample) in Columns.Zip(samples))
        {
            Findings.Add(held.Section, held.Way, "", column, sample);
        }

        string each = string.Join(", ", used.Select(static pair =>
            string.Create(CultureInfo.InvariantCulture, $"{pair.Key.Name} {pair.Value:0.0}")));
        tell(string.Create(
            CultureInfo.InvariantCulture, $"  {result.RequestsPerSecond:#,##0} a second; µs a request: {each}"));
    }

    private static Dictionary<string, string> VariablesFor(Held held) => new()
    {
        ["NAME"] = $"{held.Cluster.Mode}-{held.Load}-{held.Way}",
        ["NODES"] = string.Join(',', held.Cluster.Nodes.Select(static node => node.Id)),
        ["PROXY"] = $"{held.Proxy?.Id}",
        ["ALL"] = string.Join(',', held.Cluster.All.Select(static member => member.Id)),
    };

    private static string Name(IEnumerable<MemberProcess> members) =>
        string.Join(", ", members.Select(static member => $"{member.Name} {member.Id}"));

    /// <summary>One load on one way.</summary>
    private sealed record Held(ProfiledCluster Cluster, string Load, string Way)
    {
        public string Section => $"{Cluster.Mode}, {ProfileOptions.AllLoads[Load].Name}";

        public MemberProcess? Proxy => Cluster.ProxyOf(Way);

        public OpenConnections Open(int connections) =>
            ProfileOptions.AllLoads[Load].Open(Cluster.PortsOf(Way), connections);

        public Task WatchAsync(Func<Task> work) => MemberProcess.WatchAsync(Cluster.All, work);

        public override string ToString() => $"{Section}, {Way}";
    }
}
