using System.Diagnostics;

namespace SessionCluster.Tests.EndToEnd;

public sealed class UnprotectedFixture() : ClusterFixture("backup", "--Balancer:Failover=false");

[CollectionDefinition(nameof(UnprotectedFixture), DisableParallelization = true)]
public sealed class UnprotectedClusters : ICollectionFixture<UnprotectedFixture>;

/// <summary>What the seed's visitors saw: a balancer that neither moves requests nor hears of deaths.</summary>
[Collection(nameof(UnprotectedFixture))]
public sealed class WindowScenes(UnprotectedFixture fixture, ITestOutputHelper output)
{
    [Fact]
    public async Task Scene_9_without_failover_there_is_a_window_of_errors_and_the_basket_is_there_after_it()
    {
        using var browser = fixture.Cluster.NewBrowser();
        await browser.PutIntoBasketAsync("shoes", 2);
        var page = await browser.OpenAsync();
        await fixture.Cluster.Table.ProtectedAsync([page.Session], backups: 1);
        await using var outage = await fixture.Cluster.CrashAsync(page.Node);
        var killed = Stopwatch.GetTimestamp();
        var errors = 0;

        var next = await Eventually.SeeAsync("a page", Patience.Request, TryAsync, seen => seen is not null);

        output.WriteLine($"window {Stopwatch.GetElapsedTime(killed).TotalMilliseconds:0} ms, {errors} errors");
        Assert.NotEqual(0, errors);
        Assert.Equal((page.Session, page.Basket.GetRawText()), (next!.Session, next.Basket.GetRawText()));

        async Task<Page?> TryAsync()
        {
            try
            {
                return await browser.OpenAsync();
            }
            catch (HttpRequestException)
            {
                errors++;
                return null;
            }
        }
    }
}
