namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// A session as one request sees it: what was loaded, and on top of it what the request itself has set and removed.
/// Only the latter is committed, so two requests that change different keys lose nothing. What was merely read is not.
/// </summary>
internal sealed class SessionChanges
{
    /// <summary>In characters; what a message carries at most.</summary>
    public const int KeyLengthMaximum = 1024;

    /// <summary>Set and removed ones together; what a message carries at most.</summary>
    public const int KeysMaximum = 10_000;

    private readonly int _maximumBytes;

    /// <summary>Made with the first change: most requests only read.</summary>
    private Dictionary<string, byte[]?>? _changes;
    private SessionState _loaded;
    private SessionDelta? _accepted;
    private long _bytes;

    public SessionChanges(SessionState loaded, int maximumBytes)
    {
        _loaded = loaded;
        _bytes = loaded.ValueBytes;
        _maximumBytes = maximumBytes;
    }

    public bool IsEmpty => _changes is not { Count: > 0 };

    /// <summary>The keys, changes included.</summary>
    public IEnumerable<string> Keys
    {
        get
        {
            foreach (SessionValue value in Loaded.Values)
            {
                if (!TryGetChange(value.Key, out byte[]? changed) || changed is not null)
                {
                    yield return value.Key;
                }
            }

            foreach ((string key, byte[]? value) in _changes ?? [])
            {
                if (value is not null && !Loaded.TryGet(key, out _))
                {
                    yield return key;
                }
            }
        }
    }

    private Dictionary<string, byte[]?> Changes => _changes ??= new(StringComparer.Ordinal);

    /// <summary>
    /// What the changes stand on. Most requests look at nothing any more after their commit, so what it has made of the
    /// session is worked out only where somebody does. Outcomes are for the tries to come, of which this is none.
    /// </summary>
    private SessionState Loaded
    {
        get
        {
            if (_accepted is { } accepted)
            {
                _loaded = _loaded.Apply(new SessionDelta(accepted.Set, accepted.Removed));
                _accepted = null;
            }

            return _loaded;
        }
    }

    /// <summary>Whether a key that is not known may be that of a request which was executed.</summary>
    public bool HasForgottenOutcomes => Loaded.HasForgottenOutcomes;

    /// <summary>What an earlier request with this key answered.</summary>
    public RecordedOutcome? OutcomeOf(Guid requestKey) => Loaded.OutcomeOf(requestKey);

    /// <summary>The value itself, which must not be changed.</summary>
    public byte[]? Find(string key)
    {
        if (TryGetChange(key, out byte[]? changed))
        {
            return changed;
        }

        Loaded.TryGet(key, out byte[]? loaded);
        return loaded;
    }

    /// <summary>
    /// Setting an equal value is still a set: the application means it to be there, whatever others do.
    /// </summary>
    /// <exception cref="ArgumentException">The key is too long.</exception>
    /// <exception cref="SessionTooLargeException">It would become too large, or have too many keys.</exception>
    public void Set(string key, byte[] value)
    {
        if (key.Length > KeyLengthMaximum)
        {
            throw new ArgumentException(
                $"A key may have {KeyLengthMaximum} characters, not {key.Length}.", nameof(key));
        }

        byte[]? former = Find(key);
        if (former is null && Loaded.Values.Count + (_changes?.Count ?? 0) >= KeysMaximum)
        {
            throw new SessionTooLargeException(key, KeysMaximum);
        }

        long bytes = _bytes + value.Length - (former?.Length ?? 0) + (former is null ? key.Length * 2 : 0);
        if (bytes > _maximumBytes && bytes > _bytes)
        {
            throw new SessionTooLargeException(key, bytes, _maximumBytes);
        }

        // The application may go on using its array, while the copy is shared by the machine and all later requests.
        Changes[key] = value.AsSpan().ToArray();
        _bytes = bytes;
    }

    public void Remove(string key)
    {
        byte[]? former = Find(key);
        if (former is null)
        {
            return;
        }

        _bytes -= former.Length + (key.Length * 2);
        if (Loaded.TryGet(key, out _))
        {
            Changes[key] = null;
        }
        else
        {
            Changes.Remove(key);
        }
    }

    public void RemoveAll()
    {
        foreach (string key in Keys.ToArray())
        {
            Remove(key);
        }
    }

    /// <summary>What is to be committed, and what the request answers where that is to be remembered.</summary>
    public SessionDelta ToDelta(RecordedOutcome? outcome = null)
    {
        var set = new SessionValue[_changes?.Count ?? 0];
        int count = 0;
        List<string>? removed = null;
        foreach ((string key, byte[]? value) in _changes ?? [])
        {
            if (value is null)
            {
                (removed ??= []).Add(key);
            }
            else
            {
                set[count++] = new SessionValue(key, value);
            }
        }

        return new SessionDelta(removed is null ? set : set[..count], removed ?? (IReadOnlyList<string>)[], outcome);
    }

    /// <summary>The changes are safe and belong to what was loaded from now on.</summary>
    public void Accept(SessionDelta committed)
    {
        _loaded = Loaded;
        _accepted = committed;
        _changes?.Clear();
    }

    public void Discard()
    {
        _changes?.Clear();
        _bytes = Loaded.ValueBytes;
    }

    /// <summary>All values as changes of a session that is still to be created.</summary>
    public SessionChanges ToNewSession()
    {
        var copy = new SessionChanges(SessionState.Empty, _maximumBytes);
        foreach (string key in Keys)
        {
            byte[] value = Find(key)!;
            copy.Changes[key] = value;
            copy._bytes += value.Length + (key.Length * 2);
        }

        return copy;
    }

    private bool TryGetChange(string key, out byte[]? changed)
    {
        changed = null;
        return _changes?.TryGetValue(key, out changed) == true;
    }
}
