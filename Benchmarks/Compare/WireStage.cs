using System.Diagnostics;
using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Benchmarks.Load;

namespace SessionCluster.Benchmarks.Compare;

/// <summary>
/// Bytes between the members for each request, counted by relays that stand between them: messages, framing,
/// authentication and acknowledgements in both directions. What an idle cluster says anyway is taken off.
/// </summary>
internal sealed class WireStage(ComparisonOptions options, Findings findings)
{
    public async Task MeasureAsync(MeasuredCluster cluster, CancellationToken cancellationToken)
    {
        foreach (LoadKind load in LoadKind.All)
        {
            IReadOnlyList<LoadConnection> connections = load.Open([.. cluster.Nodes.Select(static node => node.Port)], options.Connections);
            try
            {
                var generator = new LoadGenerator(connections);
                generator.RunCount(options.Connections, cancellationToken);
                double idle = await MeasureIdleAsync(cluster, cancellationToken);
                long before = cluster.WireBytes;
                LoadResult result = generator.RunCount(options.WireRequests, cancellationToken);

                // What is batched or acknowledged late belongs to the requests before it.
                TimeSpan settling = options.Duration;
                await Task.Delay(settling, cancellationToken);
                double own = cluster.WireBytes - before - (idle * (result.Elapsed + settling).TotalSeconds);
                double perRequest = Math.Max(0, own / result.Requests);
                findings.Add("on the wire", load.Name, "B/request", cluster.Mode, perRequest);
                findings.Add("on the wire", "idle", "B/s", cluster.Mode, idle);
            }
            finally
            {
                foreach (LoadConnection connection in connections)
                {
                    connection.Dispose();
                }
            }
        }
    }

    private async Task<double> MeasureIdleAsync(MeasuredCluster cluster, CancellationToken cancellationToken)
    {
        await Task.Delay(options.Duration, cancellationToken);
        long before = cluster.WireBytes;
        long start = Stopwatch.GetTimestamp();
        await Task.Delay(options.Duration, cancellationToken);
        return (cluster.WireBytes - before) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
