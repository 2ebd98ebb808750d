namespace SessionCluster.Replication;

/// <summary>What one request changed in a session.</summary>
/// <param name="Set">The values that were set, each key at most once.</param>
/// <param name="Removed">The keys that were removed; none of them is also set.</param>
/// <param name="Outcome">What the request answered, where it is to be remembered.</param>
public sealed record SessionDelta(
    IReadOnlyList<SessionValue> Set, IReadOnlyList<string> Removed, RecordedOutcome? Outcome = null)
{
    /// <summary>A delta that changes nothing.</summary>
    public static SessionDelta Nothing { get; } = new([], []);

    /// <summary>Whether nothing is changed and nothing is to be remembered.</summary>
    public bool IsEmpty => Set.Count == 0 && Removed.Count == 0 && Outcome is null;

    /// <summary>A delta that sets one value.</summary>
    public static SessionDelta Setting(string key, byte[] value) => new([new SessionValue(key, value)], []);
}
