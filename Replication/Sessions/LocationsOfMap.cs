using System.Collections;

namespace SessionCluster.Replication.Sessions;

/// <summary>All sessions of a map, bucket by bucket. It is walked through often, so that costs no object.</summary>
/// <param name="map">The map; nobody changes it meanwhile.</param>
internal readonly struct LocationsOfMap(LocationMap map) : IEnumerable<KeyValuePair<SessionId, Location>>
{
    public Enumerator GetEnumerator() => new(map);

    IEnumerator<KeyValuePair<SessionId, Location>> IEnumerable<KeyValuePair<SessionId, Location>>.GetEnumerator() =>
        GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Where the walk is.</summary>
    public struct Enumerator(LocationMap map) : IEnumerator<KeyValuePair<SessionId, Location>>
    {
        private Dictionary<SessionId, Location>.Enumerator _inBucket;
        private int _next;
        private bool _isInBucket;

        public readonly KeyValuePair<SessionId, Location> Current => _inBucket.Current;

        readonly object IEnumerator.Current => Current;

        public bool MoveNext()
        {
            while (!_isInBucket || !_inBucket.MoveNext())
            {
                if (map.NextBucket(ref _next) is not { } bucket)
                {
                    return false;
                }

                _inBucket = bucket.GetEnumerator();
                _isInBucket = true;
            }

            return true;
        }

        public readonly void Dispose()
        {
        }

        void IEnumerator.Reset() => throw new NotSupportedException();
    }
}
