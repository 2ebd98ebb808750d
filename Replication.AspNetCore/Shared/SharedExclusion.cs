using System.Diagnostics;
using StackExchange.Redis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Holds one session of the store for one request: a <see cref="SharedLock"/> beside the session that only one request
/// at a time can take, and that goes by itself should the node die that has taken it.
/// </summary>
internal sealed class SharedExclusion : IAsyncDisposable
{
    /// <summary>The store tells nobody that a lock is free, so it is asked: often at first, then less so.</summary>
    private static readonly TimeSpan AskFirstAfter = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan AskAtLeastEvery = TimeSpan.FromMilliseconds(20);

    private readonly StorePulse _pulse;
    private readonly SharedLock _lock;

    private SharedExclusion(StorePulse pulse, SharedLock taken) => (_pulse, _lock) = (pulse, taken);

    /// <summary>Waits for the session.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">The name of the lock.</param>
    /// <param name="patience">How long to wait at most.</param>
    /// <param name="cancellationToken">Whoever wants it waits no longer.</param>
    /// <exception cref="SessionReplicationException">
    /// Others had it all the time, or the store cannot be reached.
    /// </exception>
    /// <exception cref="OperationCanceledException">Whoever wants it waits no longer.</exception>
    public static async Task<SharedExclusion> TakeAsync(
        SharedStore store, string name, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(patience);
        SharedLock? wanted = null;
        Task<bool>? asking = null;
        try
        {
            wanted = new SharedLock(await store.DatabaseAsync().WaitAsync(deadline.Token).ConfigureAwait(false), name);
            TimeSpan pause = AskFirstAfter;
            asking = store.Pulse.AskAsync(wanted.TryTakeAsync);
            while (!await asking.WaitAsync(deadline.Token).ConfigureAwait(false))
            {
                await Task.Delay(pause, deadline.Token).ConfigureAwait(false);
                pause = pause * 2 < AskAtLeastEvery ? pause * 2 : AskAtLeastEvery;
                asking = store.Pulse.AskAsync(wanted.TryTakeAsync);
            }

            return new SharedExclusion(store.Pulse, wanted);
        }
        catch (Exception exception) when (StoreFailure.Is(exception))
        {
            _ = asking is null ? Task.CompletedTask : GiveBackUnseenAsync(store.Pulse, wanted!, asking);
            cancellationToken.ThrowIfCancellationRequested();
            throw asking is { IsCompletedSuccessfully: true }
                ? new SessionReplicationException(SessionFailure.Unavailable) { IsSameElsewhere = true }
                : StoreFailure.Refusal(exception);
        }
    }

    /// <summary>
    /// Lets the next request have the session. Where the store does not answer just then, nobody waits for it.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _pulse.AskAsync(_lock.ReleaseAsync).ConfigureAwait(false);
        }
        catch (Exception exception) when (StoreFailure.Is(exception))
        {
            _ = ReleaseUntilAnsweredAsync(_pulse, _lock);
        }
    }

    /// <summary>The store may have done, or may do yet, what nobody waits for any more.</summary>
    private static async Task GiveBackUnseenAsync(StorePulse pulse, SharedLock wanted, Task<bool> asking)
    {
        try
        {
            if (!await asking.ConfigureAwait(false))
            {
                return;
            }
        }
        catch (Exception exception) when (StoreFailure.WasNotAsked(exception))
        {
            return;
        }
        catch (Exception exception) when (StoreFailure.Is(exception))
        {
            // That is when nobody knows.
        }

        await ReleaseUntilAnsweredAsync(pulse, wanted).ConfigureAwait(false);
    }

    /// <summary>
    /// Releases until the store has said that it has done so. It has all the time that it is silent: what it was asked
    /// before that it does when it wakes, and only then does the lock's lease begin.
    /// </summary>
    private static async Task ReleaseUntilAnsweredAsync(StorePulse pulse, SharedLock held)
    {
        long heard = Stopwatch.GetTimestamp();
        while (!pulse.HasEnded && Stopwatch.GetElapsedTime(heard) < SharedLock.Lease)
        {
            if (pulse.IsSilent)
            {
                await pulse.UntilHeardAsync().ConfigureAwait(false);
                heard = Stopwatch.GetTimestamp();
            }

            try
            {
                await pulse.AskAsync(held.ReleaseAsync).ConfigureAwait(false);
                return;
            }
            catch (Exception exception) when (StoreFailure.Is(exception))
            {
                await pulse.PauseAsync().ConfigureAwait(false);
            }
        }
    }
}
