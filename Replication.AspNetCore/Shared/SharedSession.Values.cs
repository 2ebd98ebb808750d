using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>What the application sees: the stock session's values.</summary>
internal sealed partial class SharedSession : IReplaceableSession
{
    public bool IsAvailable => _current.Values.IsAvailable;

    public string Id => _current.Values.Id;

    /// <summary>Without the middleware nobody has asked whether the store is there, or commits before the answer.</summary>
    private ISession Values
    {
        get
        {
            if (_cookie is null)
            {
                _store.WarnOfMissingMiddleware();
            }

            return _current.Values;
        }
    }

    public IEnumerable<string> Keys => Values.Keys;

    public bool TryGetValue(string key, [NotNullWhen(true)] out byte[]? value) =>
        Values.TryGetValue(key, out value);

    public void Set(string key, byte[] value)
    {
        Values.Set(key, value);
        _hasChangedValues = true;
    }

    public void Remove(string key)
    {
        Values.Remove(key);
        _hasChangedValues = true;
    }

    public void Clear()
    {
        Values.Clear();
        _hasChangedValues = true;
    }
}
