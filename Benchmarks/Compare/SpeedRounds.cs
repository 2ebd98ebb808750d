using SessionCluster.Benchmarks.Cluster;

namespace SessionCluster.Benchmarks.Compare;

/// <summary>
/// The order in which speed is measured: all clusters are up at once, and take turns within each round, each round from
/// another one on; then all of them rest. A cluster that has failed is not measured again.
/// </summary>
internal sealed class SpeedRounds(ComparisonOptions options, Findings findings)
{
    private readonly SpeedStage _stage = new(options, findings);
    private readonly List<MeasuredCluster> _clusters = [];
    private BareProxy? _proxy;

    /// <summary>How many attempts it makes.</summary>
    public static int Steps(ComparisonOptions options)
    {
        int started = options.Modes.Count + (options.HasBareProxy ? 1 : 0);
        int measured = started + options.Beside.Count;
        return started + measured + (options.Rounds * (measured + 1));
    }

    public async Task RunAsync(Attempts attempts)
    {
        try
        {
            await StartAsync(attempts);
            var contestants = new List<Contestant>();
            foreach (Contestant contestant in ContestantsOf(attempts.CancellationToken))
            {
                if (await attempts.TryAsync($"{contestant.Column}: warm up", contestant.WarmUpAsync))
                {
                    contestants.Add(contestant);
                }
            }

            for (int round = 1; round <= options.Rounds; round++)
            {
                await RunAsync(attempts, contestants, round);
            }
        }
        finally
        {
            _proxy?.Dispose();
            _clusters.ForEach(static cluster => cluster.Dispose());
        }
    }

    private async Task RunAsync(Attempts attempts, List<Contestant> contestants, int round)
    {
        findings.Round = round;
        string which = $"{round} of {options.Rounds}";
        foreach (Contestant contestant in Comparison.InTurn([.. contestants], round))
        {
            if (!await attempts.TryAsync($"{contestant.Column}: speed, {which}", contestant.MeasureAsync))
            {
                contestants.Remove(contestant);
            }
        }

        MeasuredCluster[] clusters = [.. contestants.Select(static each => each.Cluster).OfType<MeasuredCluster>()];
        await attempts.TryAsync(
            $"idle, {which}", () => _stage.MeasureIdleAsync(clusters, attempts.CancellationToken));
    }

    private async Task StartAsync(Attempts attempts)
    {
        CancellationToken cancellationToken = attempts.CancellationToken;
        foreach (string mode in options.Modes)
        {
            await attempts.TryAsync(
                $"{mode}: start",
                async () => _clusters.Add(
                    await MeasuredCluster.StartAsync(options.SetupOf(mode), cancellationToken)));
        }

        if (options.HasBareProxy
            && _clusters.Find(static cluster => cluster.Mode == Findings.Baseline) is { } baseline)
        {
            await attempts.TryAsync(
                $"{BareProxy.Name}: start",
                async () => _proxy = await BareProxy.StartAsync(baseline, cancellationToken));
        }
    }

    private IEnumerable<Contestant> ContestantsOf(CancellationToken cancellationToken) =>
    [
        .. _clusters.Select(cluster => new Contestant(
            cluster.Mode,
            cluster,
            () => cluster.WatchAsync(() => _stage.WarmUp(cluster, cancellationToken)),
            () => cluster.WatchAsync(() => _stage.Measure(cluster, cancellationToken)))),
        .. (_proxy is null ? [] : new[] { _proxy }).Select(bare => new Contestant(
            BareProxy.Name,
            null,
            () => bare.WatchAsync(() => _stage.WarmUp(bare, cancellationToken)),
            () => bare.WatchAsync(() => _stage.Measure(bare, cancellationToken)))),
        .. options.Beside.Select(other => new Contestant(
            other.Name,
            null,
            () => Done(() => _stage.WarmUp(other, cancellationToken)),
            () => Done(() => _stage.Measure(other, cancellationToken)))),
    ];

    private static Task Done(Action work)
    {
        work();
        return Task.CompletedTask;
    }

    /// <summary>Whose speed is measured in turn with the others'.</summary>
    private sealed record Contestant(
        string Column, MeasuredCluster? Cluster, Func<Task> WarmUpAsync, Func<Task> MeasureAsync);
}
