using System.Diagnostics;

namespace SessionCluster.Tests.EndToEnd;

/// <summary>
/// Requests that leave in the same instant in which their node is killed. <c>FAILOVER_KILLS</c> says how often; each
/// time four visitors of that node ask at once.
/// </summary>
[Collection(nameof(BackupFixture))]
public sealed class RequestsAtTheKill(BackupFixture fixture, ITestOutputHelper output)
{
    private const int VisitorsPerKill = 4;

    private RunningCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task Scene_9_the_requests_fired_with_the_kill_are_executed_once()
    {
        List<double> answers = [];
        for (var kill = 0; kill < LongRun.Of("FAILOVER_KILLS", 3); kill++)
        {
            var node = RunningCluster.NodeNames[kill % RunningCluster.NodeNames.Count];
            await Cluster.AllProtectedAsync();
            var visitors = await VisitorsOfAsync(node);
            using var process = Process.GetProcessById(await Cluster.ProcessIdOfAsync(node));
            await Cluster.AllProtectedAsync();

            var requests = visitors.Select(visitor => Task.Run(() => AskAsync(visitor))).ToList();
            process.Kill();
            answers.AddRange(await Task.WhenAll(requests));

            visitors.ForEach(visitor => visitor.Browser.Dispose());
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            await new RunningCluster.Outage(Cluster, node).EndAsync();
        }

        answers.Sort();
        output.WriteLine(
            $"{answers.Count} requests at {answers.Count / VisitorsPerKill} kills: "
            + $"median {answers[answers.Count / 2]:0} ms, "
            + $"99 of 100 within {answers[(int)Math.Ceiling(answers.Count * 0.99) - 1]:0} ms, "
            + $"longest {answers[^1]:0} ms");
    }

    /// <summary>New visitors, until so many are served by this node.</summary>
    private async Task<List<(Browser Browser, Probe Seen)>> VisitorsOfAsync(string node)
    {
        List<(Browser Browser, Probe Seen)> visitors = [];
        for (var tries = 0; visitors.Count < VisitorsPerKill && tries < 100; tries++)
        {
            var browser = Cluster.NewBrowser();
            var seen = await browser.WriteAsync(1);
            if (seen.Node == node)
            {
                visitors.Add((browser, seen));
            }
            else
            {
                browser.Dispose();
            }
        }

        Assert.Equal(VisitorsPerKill, visitors.Count);
        return visitors;
    }

    private static async Task<double> AskAsync((Browser Browser, Probe Seen) visitor)
    {
        var began = Stopwatch.GetTimestamp();
        var written = await visitor.Browser.WriteAsync(2);
        var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        Assert.Equal((visitor.Seen.Session, 1L, 2L), (written.Session, written.Previous, written.Count));
        return took;
    }
}
