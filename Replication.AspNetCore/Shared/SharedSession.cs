using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// ASP.NET Core's distributed session of one request, held to what the other modes promise: a failure of the store is
/// said, never an empty session in its place, and it is committed once, before the response leaves.
/// </summary>
internal sealed class SharedSession(ISession inner, bool isNewKey, ReplicationMetrics metrics)
    : ISession, ICommittedSession
{
    private bool _isSettled;

    /// <summary>Waits until no other request that wants the same has the session.</summary>
    public required Func<CancellationToken, Task<SharedExclusion>> TakeExclusively { get; init; }

    public bool IsAvailable => inner.IsAvailable;

    public string Id => inner.Id;

    public IEnumerable<string> Keys => inner.Keys;

    public string SessionId => inner.Id;

    public bool IsNew { get; private set; } = isNewKey;

    public bool IsReplacementForLost => false;

    /// <summary>The store keeps no versions.</summary>
    public SessionVersion Version => default;

    public Placement? Placement => null;

    public bool HasChanges { get; private set; }

    /// <summary>Never: the store keeps no requests' keys.</summary>
    public bool IsOutcomeRecorded => false;

    /// <summary>Not kept: the store commits values, not what was answered with them.</summary>
    public void Answer(byte[] response)
    {
    }

    /// <exception cref="SessionReplicationException">The store cannot be reached.</exception>
    public async Task LoadAsync(CancellationToken cancellationToken = default)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            await inner.LoadAsync(cancellationToken).ConfigureAwait(false);
            IsNew = !inner.Keys.Any();
            LoadResult result = IsNew ? LoadResult.NotFound : LoadResult.Found;
            metrics.Loaded(result, Stopwatch.GetElapsedTime(start));
        }
        catch (Exception exception) when (StoreFailure.Is(exception))
        {
            metrics.Loaded(LoadResult.Unavailable, Stopwatch.GetElapsedTime(start));
            throw new SessionReplicationException(SessionFailure.Unavailable);
        }
    }

    /// <exception cref="SessionReplicationException">The store cannot be reached.</exception>
    public async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        // The stock middleware commits again when the request has ended; that would be one more round trip for nothing.
        if (_isSettled && !HasChanges)
        {
            return;
        }

        bool isNeeded = HasChanges || !IsNew;
        _isSettled = true;
        HasChanges = false;
        long start = Stopwatch.GetTimestamp();
        try
        {
            await (isNeeded ? inner.CommitAsync(cancellationToken) : Task.CompletedTask).ConfigureAwait(false);
            metrics.Committed(CommitResult.Committed, Stopwatch.GetElapsedTime(start));
        }
        catch (Exception exception) when (StoreFailure.Is(exception))
        {
            metrics.Committed(CommitResult.Unavailable, Stopwatch.GetElapsedTime(start));
            throw new SessionReplicationException(SessionFailure.Unavailable);
        }
    }

    /// <summary>The request has failed: what it changed since its last commit does not happen.</summary>
    public void Discard() => (_isSettled, HasChanges) = (true, false);

    public bool TryGetValue(string key, [NotNullWhen(true)] out byte[]? value) => inner.TryGetValue(key, out value);

    public void Set(string key, byte[] value)
    {
        inner.Set(key, value);
        HasChanges = true;
    }

    public void Remove(string key)
    {
        inner.Remove(key);
        HasChanges = true;
    }

    public void Clear()
    {
        inner.Clear();
        HasChanges = true;
    }
}
