using System.Diagnostics.CodeAnalysis;

namespace SessionCluster.Replication;

/// <summary>
/// Objects that are all used again from some moment on: nobody returns one by itself, so none can be returned twice.
/// </summary>
internal sealed class Recycled<T>
    where T : class
{
    /// <summary>What one burst needs beyond this is left to the collector.</summary>
    private const int Maximum = 256;

    private readonly List<T> _objects = [];
    private int _rented;

    /// <summary>Gives an object that is not in use.</summary>
    public bool TryRent([NotNullWhen(true)] out T? known)
    {
        known = _rented < _objects.Count ? _objects[_rented++] : null;
        return known is not null;
    }

    /// <summary>Takes an object that is in use until <see cref="ReturnAll"/>.</summary>
    public void Add(T made)
    {
        if (_objects.Count < Maximum)
        {
            _objects.Add(made);
            _rented = _objects.Count;
        }
    }

    /// <summary>Nobody uses any of them any more.</summary>
    public void ReturnAll() => _rented = 0;
}
