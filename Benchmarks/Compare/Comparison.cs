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
    private readonly WireStage _wire;
    private readonly SessionsStage _sessions;

    public Comparison(ComparisonOptions options)
    {
        _options = options;
        Findings = new Findings(Columns);
        _wire = new WireStage(options, Findings);
        _sessions = new SessionsStage(options, Findings);
    }

    /// <summary>What <see cref="RunAsync"/> has measured so far.</summary>
    public Findings Findings { get; }

    /// <summary>What there is to report, in its order.</summary>
    public IReadOnlyList<string> Columns =>
    [
        .. _options.Modes,
        .. _options.HasBareProxy ? [BareProxy.Name] : Array.Empty<string>(),
        .. _options.Beside.Select(static other => other.Name),
    ];

    /// <summary>How often <see cref="RunAsync"/> tells what it does, where nothing fails.</summary>
    public int Steps =>
        (_options.Measures("speed") ? SpeedRounds.Steps(_options) : 0)
        + (_options.Modes.Count * _options.Rounds
            * ((_options.Measures("wire") ? 1 : 0) + (_options.Measures("sessions") ? 1 : 0)));

    /// <summary>Everything once, from another one on each round: who comes later meets another machine.</summary>
    /// <param name="all">What takes turns.</param>
    /// <param name="round">From 1.</param>
    public static IEnumerable<T> InTurn<T>(IReadOnlyList<T> all, int round) =>
        Enumerable.Range(round - 1, all.Count).Select(place => all[place % all.Count]);

    public async Task RunAsync(Action<string> tell, CancellationToken cancellationToken)
    {
        var attempts = new Attempts(Findings, tell, cancellationToken);
        if (_options.Measures("speed"))
        {
            await new SpeedRounds(_options, Findings).RunAsync(attempts);
        }

        if (_options.Measures("wire"))
        {
            await MeasureFreshAsync(attempts, "bytes on the wire", _wire.SetupOf, _wire.MeasureAsync);
        }

        if (_options.Measures("sessions"))
        {
            await MeasureFreshAsync(
                attempts,
                $"{_options.Sessions:N0} sessions, then a kill",
                _options.SetupOf,
                _sessions.MeasureAsync);
        }
    }

    /// <summary>Each measurement has a cluster of its own, that ends with it.</summary>
    private async Task MeasureFreshAsync(
        Attempts attempts,
        string what,
        Func<string, ClusterSetup> setupOf,
        Func<MeasuredCluster, CancellationToken, Task> measure)
    {
        for (int round = 1; round <= _options.Rounds; round++)
        {
            Findings.Round = round;
            foreach (string mode in InTurn(_options.Modes, round))
            {
                await attempts.TryAsync($"{mode}: {what}, {round} of {_options.Rounds}", async () =>
                {
                    using MeasuredCluster cluster =
                        await MeasuredCluster.StartAsync(setupOf(mode), attempts.CancellationToken);
                    await cluster.WatchAsync(() => measure(cluster, attempts.CancellationToken));
                });
            }
        }
    }
}
