using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace SessionCluster.Tests.EndToEnd;

/// <summary>What a shopper was told, and after how long.</summary>
internal sealed record Told(HttpStatusCode Status, bool HasRetryAfter, string Text, TimeSpan Waited)
{
    public bool IsServed => Status == HttpStatusCode.OK;
}

/// <summary>
/// Shoppers who put things into their baskets all the time, each into his own, and note whatever they are told.
/// </summary>
internal sealed class Shoppers : IAsyncDisposable
{
    private static readonly TimeSpan BetweenThings = TimeSpan.FromMilliseconds(50);
    private readonly ConcurrentQueue<Told> _told = new();
    private readonly CancellationTokenSource _end = new();
    private readonly int[] _served;
    private readonly Task[] _visits;

    public Shoppers(int count, Uri balancer)
    {
        _served = new int[count];
        _visits = [.. Enumerable.Range(0, count).Select(number => Task.Run(() => ShopAsync(number, balancer)))];
    }

    /// <summary>What they were told until now, and have not been asked for before.</summary>
    public List<Told> TakeTold()
    {
        List<Told> taken = [];
        while (_told.TryDequeue(out var told))
        {
            taken.Add(told);
        }

        return taken;
    }

    /// <summary>Waits until each of them was served once more than before.</summary>
    public async Task AllServedAsync(TimeSpan patience)
    {
        int[] before = [.. _served];
        await Eventually.SeeAsync(
            "every shopper served",
            patience,
            () => Task.FromResult(_served.Zip(before).Count(now => now.First > now.Second)),
            served => served == before.Length);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_visits);
        _end.Dispose();
    }

    private async Task ShopAsync(int number, Uri balancer)
    {
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() })
        {
            BaseAddress = balancer,
        };
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        while (!_end.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            using var answer = await http.PostAsJsonAsync(
                "/basket", new { item = "shoes", quantity = 1 }, CancellationToken.None);
            var text = await answer.Content.ReadAsStringAsync(CancellationToken.None);
            var told = new Told(
                answer.StatusCode, answer.Headers.RetryAfter is not null, text, Stopwatch.GetElapsedTime(start));
            _told.Enqueue(told);
            Interlocked.Add(ref _served[number], told.IsServed ? 1 : 0);
            await Task.Delay(BetweenThings, CancellationToken.None);
        }
    }
}
