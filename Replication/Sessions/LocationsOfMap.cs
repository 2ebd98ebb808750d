using System.Collections;

namespace SessionCluster.Replication.Sessions;

/// <summary>
/// The sessions of some buckets of a map. It is walked through often, so that costs no object.
/// </summary>
/// <param name="map">The map; nobody changes it meanwhile.</param>
/// <param name="first">The number of the first bucket.</param>
/// <param name="behind">The number of the bucket behind the last one.</param>
internal readonly struct LocationsOfMap(LocationMap map, int first, int behind)
    : IEnumerable<KeyValuePair<SessionId, Location>>
{
    public Enumerator GetEnumerator() => new(map, first, behind);

    IEnumerator<KeyValuePair<SessionId, Location>> IEnumerable<KeyValuePair<SessionId, Location>>.GetEnumerator() =>
        GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Where the walk is.</summary>
    public struct Enumerator(LocationMap map, int first, int behind) : IEnumerator<KeyValuePair<SessionId, Location>>
    {
        private Dictionary<SessionId, Location>.Enumerator _inBucket;
        private int _next = first;
        private bool _isInBucket;

        public readonly KeyValuePair<SessionId, Location> Current => _inBucket.Current;

        readonly object IEnumerator.Current => Current;

        public bool MoveNext()
        {
            while (!_isInBucket || !_inBucket.MoveNext())
            {
                if (map.NextBucket(ref _next) is not { } bucket || _next > behind)
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
