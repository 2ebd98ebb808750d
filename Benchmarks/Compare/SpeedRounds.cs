using SessionCluster.Benchmarks.Cluster;

namespace SessionCluster.Benchmarks.Compare;

/// <summary>
/// The order in which speed is measured: all clusters are up at once. In each round they take turns at one place after
/// the other, each time from another one on, so that what is compared is measured within moments of each other; then
/// all of them rest. A cluster that has failed is not measured again.
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
        int places = (options.Modes.Count * SpeedPlace.All.Count)
            + (options.HasBareProxy ? SpeedPlace.All.Count(IsBeforeBareProxy) : 0)
            + (options.Beside.Count * SpeedPlace.All.Count(IsBesideOthers));
        return started + started + options.Beside.Count + (options.Rounds * (places + 1));
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
        for (int place = 0; place < SpeedPlace.All.Count; place++)
        {
            SpeedPlace at = SpeedPlace.All[place];
            Contestant[] there = [.. contestants.Where(contestant => contestant.TakesPart(at))];
            foreach (Contestant contestant in Comparison.InTurn(there, round + place))
            {
                string doing = $"{contestant.Column}: {at.Section}, {which}";
                if (!await attempts.TryAsync(doing, () => contestant.MeasureAsync(at)))
                {
                    contestants.Remove(contestant);
                }
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
            static _ => true,
            () => cluster.WatchAsync(() => _stage.WarmUp(cluster, cancellationToken)),
            place => cluster.WatchAsync(() => _stage.MeasureAsync(cluster, place, cancellationToken)))),
        .. (_proxy is null ? [] : new[] { _proxy }).Select(bare => new Contestant(
            BareProxy.Name,
            null,
            IsBeforeBareProxy,
            () => bare.WatchAsync(() => _stage.WarmUp(bare, cancellationToken)),
            place => bare.WatchAsync(() => _stage.Measure(bare, place, cancellationToken)))),
        .. options.Beside.Select(other => new Contestant(
            other.Name,
            null,
            IsBesideOthers,
            () => Done(() => _stage.WarmUp(other, cancellationToken)),
            place => Done(() => _stage.Measure(other, place, cancellationToken)))),
    ];

    /// <summary>It stands in the place of the balancer.</summary>
    private static bool IsBeforeBareProxy(SpeedPlace place) => place.Route == SpeedPlace.Balancer;

    /// <summary>What clusters of another make are known to answer.</summary>
    private static bool IsBesideOthers(SpeedPlace place) => place.Load == LoadKind.Write1K;

    private static Task Done(Action work)
    {
        work();
        return Task.CompletedTask;
    }

    /// <summary>Whose speed is measured in turn with the others'.</summary>
    private sealed record Contestant(
        string Column,
        MeasuredCluster? Cluster,
        Func<SpeedPlace, bool> TakesPart,
        Func<Task> WarmUpAsync,
        Func<SpeedPlace, Task> MeasureAsync);
}
