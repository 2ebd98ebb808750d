using SessionCluster.Benchmarks.Cluster;

namespace SessionCluster.Benchmarks.Compare;

/// <summary>
/// The order of a run. For speed all clusters are up at once, and the modes take turns within each round, so that
/// whatever else the machine does meets all of them. What breaks a cluster or needs a fresh one comes after.
/// </summary>
internal sealed class Comparison
{
    /// <summary>All ways of keeping sessions, in the order of the columns.</summary>
    public static readonly string[] AllModes = ["none", "delta", "backup", "shared"];

    /// <summary>Requests a second and what they cost; bytes between the members; many sessions, and a kill.</summary>
    public static readonly string[] AllStages = ["speed", "wire", "sessions"];

    private readonly ComparisonOptions _options;
    private readonly SpeedStage _speed;
    private readonly WireStage _wire;
    private readonly SessionsStage _sessions;

    public Comparison(ComparisonOptions options)
    {
        _options = options;
        Findings = new Findings(Columns);
        _speed = new SpeedStage(options, Findings);
        _wire = new WireStage(options, Findings);
        _sessions = new SessionsStage(options, Findings);
    }

    /// <summary>What <see cref="RunAsync"/> has measured so far.</summary>
    public Findings Findings { get; }

    /// <summary>What there is to report, in its order.</summary>
    public IReadOnlyList<string> Columns =>
    [
        .. _options.Modes,
        .. HasBareProxy ? [BareProxy.Name] : Array.Empty<string>(),
        .. _options.Beside.Select(static other => other.Name),
    ];

    /// <summary>How often <see cref="RunAsync"/> tells what it does.</summary>
    public int Steps => (_options.Modes.Count
        * ((Has("speed") ? 1 : 0)
            + (Has("wire") ? _options.Rounds : 0)
            + (Has("sessions") ? _options.Rounds : 0)))
        + (Has("speed") ? Columns.Count * (1 + _options.Rounds) : 0);

    public async Task RunAsync(Action<string> tell, CancellationToken cancellationToken)
    {
        if (Has("speed"))
        {
            await MeasureSpeedAsync(tell, cancellationToken);
        }

        for (int round = 1; round <= _options.Rounds; round++)
        {
            foreach (string mode in Has("wire") ? _options.Modes : [])
            {
                tell($"{mode}: bytes on the wire, {round} of {_options.Rounds}");
                using MeasuredCluster cluster =
                    await MeasuredCluster.StartAsync(_wire.SetupOf(mode), cancellationToken);
                await _wire.MeasureAsync(cluster, cancellationToken);
            }
        }

        for (int round = 1; round <= _options.Rounds; round++)
        {
            foreach (string mode in Has("sessions") ? _options.Modes : [])
            {
                tell($"{mode}: {_options.Sessions:N0} sessions, then a kill, {round} of {_options.Rounds}");
                using MeasuredCluster cluster =
                    await MeasuredCluster.StartAsync(new(mode, _options.Nodes), cancellationToken);
                await _sessions.MeasureAsync(cluster, cancellationToken);
            }
        }
    }

    /// <summary>
    /// Sessions that are in one node only show what the proxy costs; the other modes would show more.
    /// </summary>
    private bool HasBareProxy => Has("speed") && _options.Modes.Contains(Findings.Baseline);

    private bool Has(string stage) => _options.Stages.Contains(stage);

    private async Task MeasureSpeedAsync(Action<string> tell, CancellationToken cancellationToken)
    {
        var clusters = new List<MeasuredCluster>();
        BareProxy? proxy = null;
        try
        {
            foreach (string mode in _options.Modes)
            {
                tell($"{mode}: start");
                clusters.Add(await MeasuredCluster.StartAsync(new(mode, _options.Nodes), cancellationToken));
            }

            proxy = HasBareProxy
                ? await BareProxy.StartAsync(
                    clusters.Single(static cluster => cluster.Mode == Findings.Baseline), cancellationToken)
                : null;
            Contestant[] contestants = [.. ContestantsOf(clusters, proxy, cancellationToken)];
            foreach (Contestant contestant in contestants)
            {
                tell($"{contestant.Column}: warm up");
                contestant.WarmUp();
            }

            for (int round = 1; round <= _options.Rounds; round++)
            {
                foreach (Contestant contestant in contestants)
                {
                    tell($"{contestant.Column}: speed, {round} of {_options.Rounds}");
                    await contestant.MeasureAsync();
                }
            }
        }
        finally
        {
            proxy?.Dispose();
            clusters.ForEach(static cluster => cluster.Dispose());
        }
    }

    private IEnumerable<Contestant> ContestantsOf(
        List<MeasuredCluster> clusters, BareProxy? proxy, CancellationToken cancellationToken) =>
    [
        .. clusters.Select(cluster => new Contestant(
            cluster.Mode,
            () => _speed.WarmUp(cluster, cancellationToken),
            () => _speed.MeasureAsync(cluster, cancellationToken))),
        .. (proxy is null ? [] : new[] { proxy }).Select(bare => new Contestant(
            BareProxy.Name,
            () => _speed.WarmUp(bare, cancellationToken),
            () => DoneAtOnce(() => _speed.Measure(bare, cancellationToken)))),
        .. _options.Beside.Select(other => new Contestant(
            other.Name,
            () => _speed.WarmUp(other, cancellationToken),
            () => DoneAtOnce(() => _speed.Measure(other, cancellationToken)))),
    ];

    private static Task DoneAtOnce(Action measure)
    {
        measure();
        return Task.CompletedTask;
    }

    /// <summary>Whose speed is measured in turn with the others'.</summary>
    private sealed record Contestant(string Column, Action WarmUp, Func<Task> MeasureAsync);
}
