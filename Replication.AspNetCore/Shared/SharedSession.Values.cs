using System.Diagnostics.CodeAnalysis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>What the application sees: the stock session's values.</summary>
internal sealed partial class SharedSession : IReplaceableSession
{
    public bool IsAvailable => _current.Values.IsAvailable;

    public string Id => _current.Values.Id;

    public IEnumerable<string> Keys => _current.Values.Keys;

    public bool TryGetValue(string key, [NotNullWhen(true)] out byte[]? value) =>
        _current.Values.TryGetValue(key, out value);

    public void Set(string key, byte[] value)
    {
        _current.Values.Set(key, value);
        _hasChangedValues = true;
    }

    public void Remove(string key)
    {
        _current.Values.Remove(key);
        _hasChangedValues = true;
    }

    public void Clear()
    {
        _current.Values.Clear();
        _hasChangedValues = true;
    }
}
