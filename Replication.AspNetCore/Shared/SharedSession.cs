using System.Diagnostics;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// ASP.NET Core's distributed session of one request, held to what the other modes promise: a failure of the store is
/// said, never an empty session in its place, it is committed once, before the response leaves, and its key can change.
/// </summary>
internal sealed partial class SharedSession : ICommittedSession
{
    private readonly SharedSessionStore _store;
    private readonly ReplicationMetrics _metrics;
    private readonly Func<bool> _tryEstablishByStock;
    private readonly Func<bool> _tryEstablish;
    private readonly SharedIncarnation _arrived;
    private readonly bool _cameWithoutCookie;
    private SharedIncarnation _current;
    private SharedReplacement? _replacement;
    private ResponseCookie? _cookie;
    private bool _isLoaded;
    private bool _isSettled;
    private bool _hasChangedValues;

    public SharedSession(
        SharedSessionStore store, ReplicationMetrics metrics, string key, Func<bool> tryEstablish, bool isNewKey)
    {
        (_store, _metrics, _tryEstablishByStock, _cameWithoutCookie) = (store, metrics, tryEstablish, isNewKey);
        _tryEstablish = TryEstablish;
        _arrived = store.Of(key, _tryEstablish, isNewKey);
        _current = _arrived;
        IsNew = isNewKey;
    }

    public string SessionId => Id;

    public bool IsNew { get; private set; }

    public bool IsReplacementForLost => false;

    public bool IsBegunAnew => false;

    /// <summary>The store keeps no versions.</summary>
    public SessionVersion Version => default;

    public Placement? Placement => null;

    /// <summary>Whether the store has it.</summary>
    public bool Exists => _current.Exists;

    public bool HasChanges => _hasChangedValues || _replacement is { IsPending: true };

    /// <summary>Never: the store keeps no requests' keys.</summary>
    public bool IsOutcomeRecorded => false;

    /// <summary>Gives the session a response whose cookie it may write, and by that a key that it may change.</summary>
    public void Attach(ResponseCookie cookie) => _cookie = cookie;

    /// <summary>Waits until no other request that wants the same has the session.</summary>
    /// <exception cref="SessionReplicationException">
    /// Others had it all the time, or the store cannot be reached.
    /// </exception>
    /// <exception cref="OperationCanceledException">Whoever wants it waits no longer.</exception>
    public Task<SharedExclusion> TakeExclusivelyAsync(CancellationToken cancellationToken) =>
        _store.TakeExclusivelyAsync(_arrived.Key, cancellationToken);

    /// <summary>Not kept: the store commits values, not what was answered with them.</summary>
    public void Answer(byte[] response)
    {
    }

    /// <exception cref="SessionReplicationException">The store cannot be reached.</exception>
    public async Task LoadAsync(CancellationToken cancellationToken = default)
    {
        if (_isLoaded)
        {
            return;
        }

        long start = Stopwatch.GetTimestamp();
        try
        {
            await _arrived.Values.LoadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (StoreFailure.Is(exception))
        {
            _metrics.Loaded(LoadResult.Unavailable, Stopwatch.GetElapsedTime(start));
            throw StoreFailure.Refusal(exception);
        }

        (_isLoaded, IsNew) = (true, !_arrived.Exists);
        _metrics.Loaded(IsNew ? LoadResult.NotFound : LoadResult.Found, Stopwatch.GetElapsedTime(start));
        if (IsNew && !_cameWithoutCookie && _cookie is not null)
        {
            // The key of a session that has ended is never used again, so nobody can fix it for somebody else.
            _current = _store.CreateFresh(_tryEstablish);
        }
    }

    public void Rotate()
    {
        SharedIncarnation next = Replace(valuesMove: true);
        foreach (string key in _current.Values.Keys)
        {
            if (_current.Values.TryGetValue(key, out byte[]? value))
            {
                next.Values.Set(key, value);
            }
        }

        (_current, _hasChangedValues) = (next, next.Values.Keys.Any());
    }

    public void Destroy() => (_current, _hasChangedValues) = (Replace(valuesMove: false), false);

    /// <exception cref="SessionReplicationException">
    /// The store cannot be reached, or another request has ended the session meanwhile.
    /// </exception>
    public ValueTask MakeSafeAsync() => new(CommitAsync());

    public async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        // The stock middleware commits again when the request has ended; that would be one more round trip for nothing.
        if (_isSettled && !HasChanges)
        {
            return;
        }

        _isSettled = true;
        SharedIncarnation committed = _current;
        bool begins = _hasChangedValues && !committed.Exists;
        long start = Stopwatch.GetTimestamp();
        try
        {
            await (_hasChangedValues || committed.Exists
                ? committed.Values.CommitAsync(cancellationToken)
                : Task.CompletedTask).ConfigureAwait(false);
            await (_replacement?.CompleteAsync(_store) ?? Task.CompletedTask).ConfigureAwait(false);
        }
        catch (Exception exception) when (StoreFailure.Is(exception) || exception is SessionReplicationException)
        {
            // Whoever asked for the commit learns of it; nothing of it is tried a second time behind his back.
            Discard();
            await (begins ? _store.ForgetAsync(committed.Key) : Task.CompletedTask).ConfigureAwait(false);
            throw Refused(exception, Stopwatch.GetElapsedTime(start));
        }

        _hasChangedValues = false;
        _metrics.Committed(CommitResult.Committed, Stopwatch.GetElapsedTime(start));
        SettleCookie();
    }

    /// <summary>The request has failed: what it changed since its last commit does not happen.</summary>
    public void Discard()
    {
        _current = _replacement is { IsPending: true } ? _replacement.Former : _current;
        (_replacement, _isSettled, _hasChangedValues) = (null, true, false);
    }

    private SessionReplicationException Refused(Exception exception, TimeSpan elapsed)
    {
        SessionReplicationException refusal = StoreFailure.Refusal(exception);
        bool hasEnded = refusal.Failure == SessionFailure.Ended;
        _metrics.Committed(hasEnded ? CommitResult.NotFound : CommitResult.Unavailable, elapsed);
        return refusal;
    }

    /// <summary>What takes the place of the current session; nothing of it is in the store before the commit.</summary>
    private SharedIncarnation Replace(bool valuesMove)
    {
        if (_cookie is null)
        {
            throw new InvalidOperationException("This needs UseSessionReplication() after UseSession().");
        }

        if (!_cookie.TryReserve())
        {
            throw new InvalidOperationException("The session's key cannot change after the response has started.");
        }

        SharedIncarnation former = _replacement is { IsPending: true } ? _replacement.Former : _current;
        _replacement = new SharedReplacement(former, valuesMove);
        return _store.CreateFresh(_tryEstablish);
    }

    /// <summary>The cookie can only be given with the response's head; where it comes too late, that is said.</summary>
    private bool TryEstablish() => _current.Exists || (_cookie?.TryReserve() ?? _tryEstablishByStock());

    private void SettleCookie()
    {
        if (_current.Exists && (_cameWithoutCookie || _current != _arrived))
        {
            _cookie?.WriteAtStart(_current.Key);
        }
        else if (!_current.Exists && _replacement is not null)
        {
            _cookie?.DeleteAtStart();
        }
    }
}
