using SessionCluster.Benchmarks.Cluster;

namespace SessionCluster.Benchmarks.Compare;

/// <summary>
/// The order of a run. For speed all clusters are up at once, and the modes take turns within each round, so that
/// whatever else the machine does meets all of them. What breaks a cluster or needs a fresh one comes after.
/// </summary>
internal sealed class Comparison(ComparisonOptions options, Findings findings)
{
    /// <summary>All ways of keeping sessions, in the order of the columns.</summary>
    public static readonly string[] AllModes = ["none", "delta", "backup", "shared"];

    /// <summary>Requests a second and what they cost; bytes between the members; many sessions, and a kill.</summary>
    public static readonly string[] AllStages = ["speed", "wire", "sessions"];

    private readonly SpeedStage _speed = new(options, findings);
    private readonly WireStage _wire = new(options, findings);
    private readonly SessionsStage _sessions = new(options, findings);

    /// <summary>How often <see cref="RunAsync"/> tells what it does.</summary>
    public int Steps => (options.Modes.Count
        * ((Has("speed") ? 2 + options.Rounds : 0)
            + (Has("wire") ? options.Rounds : 0)
            + (Has("sessions") ? options.Rounds : 0)))
        + (Has("speed") ? options.Beside.Count * (1 + options.Rounds) : 0);

    public async Task RunAsync(Action<string> tell, CancellationToken cancellationToken)
    {
        if (Has("speed"))
        {
            await MeasureSpeedAsync(tell, cancellationToken);
        }

        for (int round = 1; round <= options.Rounds; round++)
        {
            foreach (string mode in Has("wire") ? options.Modes : [])
            {
                tell($"{mode}: bytes on the wire, {round} of {options.Rounds}");
                using MeasuredCluster cluster =
                    await MeasuredCluster.StartAsync(_wire.SetupOf(mode), cancellationToken);
                await _wire.MeasureAsync(cluster, cancellationToken);
            }
        }

        for (int round = 1; round <= options.Rounds; round++)
        {
            foreach (string mode in Has("sessions") ? options.Modes : [])
            {
                tell($"{mode}: {options.Sessions:N0} sessions, then a kill, {round} of {options.Rounds}");
                using MeasuredCluster cluster =
                    await MeasuredCluster.StartAsync(new(mode, options.Nodes), cancellationToken);
                await _sessions.MeasureAsync(cluster, cancellationToken);
            }
        }
    }

    private bool Has(string stage) => options.Stages.Contains(stage);

    private async Task MeasureSpeedAsync(Action<string> tell, CancellationToken cancellationToken)
    {
        var clusters = new List<MeasuredCluster>();
        try
        {
            foreach (string mode in options.Modes)
            {
                tell($"{mode}: start");
                clusters.Add(await MeasuredCluster.StartAsync(new(mode, options.Nodes), cancellationToken));
            }

            foreach (MeasuredCluster cluster in clusters)
            {
                tell($"{cluster.Mode}: warm up");
                _speed.WarmUp(cluster, cancellationToken);
            }

            foreach (OtherCluster other in options.Beside)
            {
                tell($"{other.Name}: warm up");
                _speed.WarmUp(other, cancellationToken);
            }

            for (int round = 1; round <= options.Rounds; round++)
            {
                foreach (MeasuredCluster cluster in clusters)
                {
                    tell($"{cluster.Mode}: speed, {round} of {options.Rounds}");
                    await _speed.MeasureAsync(cluster, cancellationToken);
                }

                foreach (OtherCluster other in options.Beside)
                {
                    tell($"{other.Name}: speed, {round} of {options.Rounds}");
                    _speed.Measure(other, cancellationToken);
                }
            }
        }
        finally
        {
            clusters.ForEach(static cluster => cluster.Dispose());
        }
    }
}
