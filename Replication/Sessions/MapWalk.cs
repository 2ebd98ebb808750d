namespace SessionCluster.Replication.Sessions;

/// <summary>
/// Looks through a map a bounded number of sessions at a time, and goes on where it has stopped: no step has to look at
/// all of very many. What is new behind it is seen the next time.
/// </summary>
/// <param name="map">The map.</param>
/// <param name="sessionsAtOnce">After so many it stops, at the end of a bucket.</param>
internal sealed class MapWalk(LocationMap map, int sessionsAtOnce)
{
    private int _next = LocationMap.BucketCount;

    /// <summary>Whether it has begun and has not come to the end.</summary>
    public bool IsUnderWay => _next < LocationMap.BucketCount;

    public void Begin() => _next = 0;

    /// <summary>The next sessions; the caller may change the map afterwards, not meanwhile.</summary>
    public LocationsOfMap Next() => map.From(ref _next, sessionsAtOnce);
}
