using System.Diagnostics.CodeAnalysis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>What the application sees: the values, as the stock session has them.</summary>
internal sealed partial class ReplicatedSession
{
    public bool IsAvailable
    {
        get
        {
            LoadBlocking();
            return _phase == Phase.Ready;
        }
    }

    public string Id => _current.Identity.Id.ToString();

    public IEnumerable<string> Keys => Loaded().Keys;

    public bool TryGetValue(string key, [NotNullWhen(true)] out byte[]? value)
    {
        ArgumentNullException.ThrowIfNull(key);

        // A copy: a caller that changed the array would change the session on this node only, and for all requests.
        value = Loaded().Find(key)?.AsSpan().ToArray();
        return value is not null;
    }

    public void Set(string key, byte[] value)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        SessionChanges changes = Loaded();

        // The cookie can only be given with the response's head; say so while the developer can see it.
        if (!_current.Exists && !(_cookie?.TryReserve() ?? _tryEstablish()))
        {
            throw new InvalidOperationException("The session cannot be established after the response has started.");
        }

        changes.Set(key, value);
    }

    public void Remove(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        Loaded().Remove(key);
    }

    public void Clear() => Loaded().RemoveAll();

    private SessionChanges Loaded()
    {
        LoadBlocking();
        ThrowUnlessReady();
        return _current.Changes;
    }

    /// <summary>Without the middleware nobody has loaded ahead, and reading is synchronous.</summary>
    private void LoadBlocking()
    {
        if (_phase == Phase.NotLoaded)
        {
            _services.WarnOfMissingMiddleware();
            LoadAsync().GetAwaiter().GetResult();
        }
    }
}
