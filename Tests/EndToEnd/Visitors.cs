using System.Collections.Concurrent;
using System.Diagnostics;

namespace SessionCluster.Tests.EndToEnd;

/// <summary>What a crowd of visitors has seen.</summary>
internal sealed record Experience(
    long Writes, long Reads, IReadOnlyList<string> Complaints, TimeSpan LongestAnswer, TimeSpan LongestGap)
{
    public override string ToString() =>
        $"{Writes} writes and {Reads} reads; longest answer {LongestAnswer.TotalMilliseconds:0} ms, "
        + $"longest gap between two writes of a visitor {LongestGap.TotalMilliseconds:0} ms; "
        + $"{Complaints.Count} complaints: {string.Join("; ", Complaints.Take(5))}";
}

/// <summary>
/// Visitors who write numbers in order and read them back, all the time. Each complains of an error, of a number that
/// is gone, and of one that was written twice: the session counts its writes itself. Now and then a session gets a new
/// key, as after a sign-in, and now and then the visitor comes back as a new one; both may happen just when a node
/// dies.
/// </summary>
internal sealed class Visitors : IAsyncDisposable
{
    private const int WritesPerKey = 10;
    private const int WritesPerSession = 45;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentQueue<string> _complaints = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Func<int, Browser> _open;
    private readonly Task[] _visits;
    private readonly TaskCompletionSource _allHaveWritten = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _writes;
    private long _reads;
    private int _begun;
    private long _longestAnswer;
    private long _longestGap;

    public Visitors(int count, Func<int, Browser> open)
    {
        _open = open;
        _visits = [.. Enumerable.Range(0, count).Select(visitor => Task.Run(() => VisitAsync(visitor)))];
    }

    /// <summary>Ends when each visitor has a session.</summary>
    public Task AllHaveWritten => _allHaveWritten.Task.WaitAsync(Patience.NodeStart);

    /// <summary>Waits until so many more writes were acknowledged.</summary>
    public async Task WriteMoreAsync(int writes)
    {
        var goal = Interlocked.Read(ref _writes) + writes;
        await Eventually.SeeAsync(
            $"{writes} more writes", Patience.NodeStart, () => Task.FromResult(Interlocked.Read(ref _writes)),
            seen => seen >= goal);
    }

    /// <summary>
    /// The longest answer, and the longest time between two writes of a visitor, since this was asked last.
    /// </summary>
    public (TimeSpan Answer, TimeSpan Gap) TakeLongest() => (
        TimeSpan.FromTicks(Interlocked.Exchange(ref _longestAnswer, 0)),
        TimeSpan.FromTicks(Interlocked.Exchange(ref _longestGap, 0)));

    /// <summary>Ends the visits.</summary>
    public async Task<Experience> EndAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_visits);
        return new Experience(
            _writes, _reads, [.. _complaints], TimeSpan.FromTicks(_longestAnswer), TimeSpan.FromTicks(_longestGap));
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _end.Dispose();
    }

    private async Task VisitAsync(int visitor)
    {
        var latest = new Stopwatch();
        while (!_end.IsCancellationRequested)
        {
            using var browser = _open(visitor);
            if (!await WriteAndReadAsync(visitor, browser, latest))
            {
                return;
            }
        }
    }

    /// <summary>The life of one session.</summary>
    /// <returns>Whether the visitor is content, and would come back.</returns>
    private async Task<bool> WriteAndReadAsync(int visitor, Browser browser, Stopwatch latest)
    {
        for (long number = 1; number <= WritesPerSession && !_end.IsCancellationRequested; number++)
        {
            var rotates = number % WritesPerKey == 0;
            if (await TryAsync(visitor, number, () => browser.WriteAsync(number, rotate: rotates)) is not { } written)
            {
                return false;
            }

            Check(visitor, number, written.Count == number && (written.Previous ?? 0) == number - 1, written);
            Interlocked.Increment(ref _writes);
            Raise(ref _longestGap, latest.Elapsed);
            if (!latest.IsRunning && Interlocked.Increment(ref _begun) == _visits.Length)
            {
                _allHaveWritten.TrySetResult();
            }

            latest.Restart();
            if (await TryAsync(visitor, number, browser.ReadAsync) is not { } read)
            {
                return false;
            }

            Check(visitor, number, read.Count == number && read.Last == number, read);
            Interlocked.Increment(ref _reads);
            await Task.Delay(Pause, CancellationToken.None);
        }

        return true;
    }

    private async Task<Probe?> TryAsync(int visitor, long number, Func<Task<Probe>> ask)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            return await ask();
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            _complaints.Enqueue($"visitor {visitor} at {number} met an error: {error.GetBaseException().Message}");
            return null;
        }
        finally
        {
            Raise(ref _longestAnswer, Stopwatch.GetElapsedTime(began));
        }
    }

    private void Check(int visitor, long number, bool isRight, Probe seen)
    {
        if (!isRight)
        {
            _complaints.Enqueue($"visitor {visitor} at {number} saw {seen}");
        }
    }

    private static void Raise(ref long longest, TimeSpan elapsed)
    {
        long seen;
        while ((seen = Volatile.Read(ref longest)) < elapsed.Ticks
            && Interlocked.CompareExchange(ref longest, elapsed.Ticks, seen) != seen)
        {
        }
    }
}
