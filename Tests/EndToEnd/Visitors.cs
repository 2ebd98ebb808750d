using System.Collections.Concurrent;
using System.Diagnostics;

namespace SessionCluster.Tests.EndToEnd;

/// <summary>What a crowd of visitors has seen.</summary>
internal sealed record Experience(
    long Writes, long Reads, IReadOnlyList<string> Complaints, TimeSpan LongestAnswer, TimeSpan LongestGap)
{
    public override string ToString() =>
        $"{Writes} writes and {Reads} reads; longest answer {LongestAnswer.TotalMilliseconds:0} ms, longest gap between two "
        + $"writes of a visitor {LongestGap.TotalMilliseconds:0} ms; {Complaints.Count} complaints: {string.Join("; ", Complaints.Take(5))}";
}

/// <summary>
/// Visitors who write numbers in order and read them back, all the time. Each complains of an error, of a number that is
/// gone, and of one that was written twice: the session counts its writes itself.
/// </summary>
internal sealed class Visitors : IAsyncDisposable
{
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
            $"{writes} more writes", Patience.NodeStart, () => Task.FromResult(Interlocked.Read(ref _writes)), seen => seen >= goal);
    }

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
        using var browser = _open(visitor);
        var latest = Stopwatch.GetTimestamp();
        for (long number = 1; !_end.IsCancellationRequested; number++)
        {
            if (await TryAsync(visitor, number, () => browser.WriteAsync(number)) is not { } written)
            {
                return;
            }

            Check(visitor, number, written.Count == number && (written.Previous ?? 0) == number - 1, written);
            Interlocked.Increment(ref _writes);
            var now = Stopwatch.GetTimestamp();
            Raise(ref _longestGap, number == 1 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(latest, now));
            latest = now;
            if (number == 1 && Interlocked.Increment(ref _begun) == _visits.Length)
            {
                _allHaveWritten.TrySetResult();
            }

            if (await TryAsync(visitor, number, () => browser.ReadAsync()) is not { } read)
            {
                return;
            }

            Check(visitor, number, read.Count == number && read.Last == number, read);
            Interlocked.Increment(ref _reads);
            await Task.Delay(Pause, CancellationToken.None);
        }
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
            _complaints.Enqueue($"visitor {visitor} at {number} met an error: {error.Message}");
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
