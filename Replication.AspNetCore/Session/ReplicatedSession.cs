using System.Runtime.CompilerServices;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// The session of one request: a snapshot that is read without waiting, and the request's own changes on top. Like the
/// stock one it is used by one thread at a time.
/// </summary>
internal sealed partial class ReplicatedSession : ICommittedSession, IReplaceableSession
{
    private readonly SessionServices _services;
    private readonly Func<bool> _tryEstablish;
    private readonly SessionIdentity _arrived;
    private readonly bool _cameWithoutCookie;
    private SessionIncarnation _current;
    private SessionReplacement? _replacement;
    private long? _exclusiveLoad;
    private Phase _phase;
    private bool _touched;
    private ResponseCookie? _cookie;
    private RequestSessions? _request;
    private SessionIdentity? _own;
    private bool _mayBeginOwn;

    public ReplicatedSession(SessionServices services, string key, Func<bool> tryEstablish, bool isNewKey)
    {
        _services = services;
        _tryEstablish = tryEstablish;
        _cameWithoutCookie = isNewKey;
        _arrived = isNewKey ? SessionIdentity.Of(key, services.Secret) : services.IdentityOf(key);
        _current = new SessionIncarnation(_arrived, NoValues());
        _phase = isNewKey ? Phase.Ready : Phase.NotLoaded;
    }

    private enum Phase
    {
        NotLoaded,
        Ready,
        Unavailable,
        Lost,
    }

    public string SessionId => Id;

    public bool IsNew { get; private set; } = true;

    public bool IsReplacementForLost { get; private set; }

    public bool IsBegunAnew { get; private set; }

    public bool IsOutcomeRecorded => Outcome.IsRecorded;

    /// <summary>What is recorded of the request.</summary>
    public RequestOutcome Outcome { get; } = new();

    public SessionVersion Version => _current.Version;

    public Placement? Placement => _current.Placement;

    /// <summary>
    /// Whether no other request that wants the same may have the session meanwhile. Set before it is loaded; a session
    /// that begins with this request is nobody else's anyhow.
    /// </summary>
    public bool IsExclusive { get; set; }

    /// <summary>Whether something is to be committed.</summary>
    public bool HasChanges =>
        !_current.Changes.IsEmpty
        || _replacement is { IsPending: true }
        || (Outcome.IsWanted && _current.Exists);

    /// <summary>Gives the session a response whose cookie it may write, and by that a key that it may change.</summary>
    public void Attach(ResponseCookie cookie, RequestKey? key)
    {
        _cookie = cookie;
        if (key is { } named)
        {
            _request = new RequestSessions(_services.Secret, named, _cameWithoutCookie ? null : _arrived.Key);
            _mayBeginOwn = true;
            _current = _cameWithoutCookie ? Fresh(NoValues()) : _current;
        }
    }

    public async Task LoadAsync(CancellationToken cancellationToken = default)
    {
        if (_phase != Phase.NotLoaded)
        {
            return;
        }

        Instant began = _services.Client.Now;

        // Not cancelled with the request: it ends within the commit time-out in any case.
        LoadCompleted answer = await _services.Client.LoadAsync(_arrived.Id, IsExclusive).ConfigureAwait(false);
        _phase = answer.Result switch
        {
            LoadResult.Unavailable => Phase.Unavailable,
            LoadResult.Lost => Phase.Lost,
            _ => Phase.Ready,
        };
        if (answer.Result == LoadResult.Found)
        {
            var changes = new SessionChanges(answer.State, _services.MaximumBytes);
            _exclusiveLoad = IsExclusive ? answer.Request : null;
            _current = new SessionIncarnation(_arrived, changes) { ReadAt = began, ExclusiveLoad = _exclusiveLoad };
            _current.Found(answer.Version, answer.Placement);
            IsNew = false;
            IsBegunAnew = answer.State.IsBegunAnew;
        }
        else if (answer.Result == LoadResult.NotFound && _cookie is not null)
        {
            // The key of a session that has ended is never used again, so nobody can fix it for somebody else.
            _current = Fresh(NoValues());
        }
    }

    /// <summary>
    /// Lets the next request have the session, if this one holds it exclusively. What it commits later is refused.
    /// </summary>
    public ValueTask ReleaseAsync() => _exclusiveLoad is { } load
        ? _services.Client.ReleaseAsync(_arrived.Id, load)
        : ValueTask.CompletedTask;

    public void Answer(byte[] response) => Outcome.Answer(response);

    /// <summary>
    /// What an earlier try of this request has answered: recorded in the session of its cookie, or in one that the
    /// earlier try has begun. That is then the session of this try as well, and what it took the place of goes.
    /// </summary>
    /// <exception cref="SessionReplicationException">It cannot be told.</exception>
    public async Task<RecordedOutcome?> FindEarlierTryAsync()
    {
        if (_request is null)
        {
            return null;
        }

        if (_current.Changes.OutcomeOf(_request.Key) is { } known)
        {
            return known;
        }

        EarlierTry? earlier = await _request.FindEarlierAsync(_services.Client).ConfigureAwait(false);
        if (earlier is not null)
        {
            await AdoptAsync(earlier.Session, earlier.Load).ConfigureAwait(false);
        }

        return earlier?.Outcome;
    }

    /// <summary>
    /// Whether nobody can tell that no earlier try was executed: the session has been changed by so many others since
    /// that it has forgotten some.
    /// </summary>
    public bool MayHaveForgottenEarlierTry =>
        _request is { MustNotRunAgain: true } && _current.Changes.HasForgottenOutcomes;

    /// <summary>What a request with this key has answered, as far as is known now.</summary>
    public async Task<RecordedOutcome?> FindOutcomeAsync(Guid requestKey)
    {
        LoadCompleted answer = await _services.Client.LoadAsync(_arrived.Id).ConfigureAwait(false);
        return answer.Result == LoadResult.Found ? answer.State.OutcomeOf(requestKey) : null;
    }

    /// <summary>Throws unless the session may be used.</summary>
    /// <exception cref="SessionReplicationException">It is lost, or cannot be reached.</exception>
    public void ThrowUnlessReady()
    {
        if (_phase != Phase.Ready)
        {
            throw new SessionReplicationException(
                _phase == Phase.Lost ? SessionFailure.Lost : SessionFailure.Unavailable);
        }
    }

    /// <summary>The lost session's request goes on with a new one under a fresh key.</summary>
    public void ReplaceLost()
    {
        _phase = Phase.Ready;
        _current = Fresh(NoValues());
        IsReplacementForLost = true;
        _cookie?.TryReserve();
    }

    /// <summary>
    /// From now on the values belong to a session with a fresh key, created by this request's commit; the same commit
    /// removes the old one, after the new one is safe.
    /// </summary>
    /// <exception cref="InvalidOperationException">The response has started, or the middleware is missing.</exception>
    public void Rotate() => Replace(Loaded().ToNewSession(), valuesMove: true);

    /// <summary>This request's commit removes the session, and the client's cookie with it.</summary>
    /// <exception cref="InvalidOperationException">The response has started, or the middleware is missing.</exception>
    public void Destroy()
    {
        Loaded();
        Replace(NoValues(), valuesMove: false);
    }

    public Task CommitAsync(CancellationToken cancellationToken = default) => MakeSafeAsync().AsTask();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask MakeSafeAsync()
    {
        if (HasChanges)
        {
            try
            {
                await _current.CommitAsync(_services.Client, Outcome.Pending).ConfigureAwait(false);
                Outcome.Committed(
                    isFound: _current.Exists && (_current.Identity == _arrived || _current.Identity == _own));
                if (_current.Exists && _current.Identity == _own)
                {
                    (_own, _mayBeginOwn) = (null, false);
                }

                await (_replacement?.CompleteAsync(_services.Client, _current) ?? Task.CompletedTask)
                    .ConfigureAwait(false);
            }
            catch (SessionReplicationException)
            {
                // Whoever asked for the commit learns of it; nothing of it is tried a second time behind his back.
                Discard();
                throw;
            }
        }
        else if (_current.Exists && !_touched)
        {
            _services.Client.Touch(_current.Identity.Id);
        }

        _touched = true;
        SettleCookie();
    }

    /// <summary>The request has failed: what it changed since its last commit did not happen.</summary>
    public void Discard()
    {
        _current = _replacement is { IsPending: true } ? _replacement.Former : _current;
        _current.Changes.Discard();
        _replacement = null;
        Outcome.Forget();
        _touched = true;
    }

    private async Task AdoptAsync(SessionIdentity begun, LoadCompleted answer)
    {
        if (_current.Exists
            && await _current.RemoveAsync(_services.Client).ConfigureAwait(false) == CommitResult.Unavailable)
        {
            throw new SessionReplicationException(SessionFailure.Unavailable);
        }

        _current = new SessionIncarnation(begun, new SessionChanges(answer.State, _services.MaximumBytes));
        _current.Found(answer.Version, answer.Placement);
        if (_cookie?.TryReserve() == true)
        {
            SettleCookie();
        }
    }

    private void Replace(SessionChanges changes, bool valuesMove)
    {
        if (_cookie is null)
        {
            throw new InvalidOperationException("This needs UseSessionReplication() after UseSession().");
        }

        if (!_cookie.TryReserve())
        {
            throw new InvalidOperationException("The session's key cannot change after the response has started.");
        }

        _replacement = new SessionReplacement(_replacement?.Former ?? _current, valuesMove);
        _current = Fresh(changes);
    }

    private void SettleCookie()
    {
        if (_current.Exists && (_cameWithoutCookie || _current.Identity != _arrived))
        {
            _cookie?.WriteAtStart(_current.Identity.Key);
        }
        else if (!_current.Exists && (_replacement is not null || IsReplacementForLost))
        {
            _cookie?.DeleteAtStart();
        }
    }

    private SessionChanges NoValues() => new(SessionState.Empty, _services.MaximumBytes);

    /// <summary>
    /// A session of nobody's. The first one that a request begins can be found again by its later tries.
    /// </summary>
    private SessionIncarnation Fresh(SessionChanges changes)
    {
        _own ??= _mayBeginOwn ? _request?.Own : null;
        return new SessionIncarnation(_own ?? SessionIdentity.CreateFresh(_services.Secret), changes);
    }
}
