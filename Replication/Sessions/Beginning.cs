using SessionCluster.Replication.Membership;

namespace SessionCluster.Replication.Sessions;

/// <summary>A side that had no member with a session's newest state has begun the session all the same.</summary>
/// <param name="View">The view in which it did.</param>
/// <param name="After">
/// The last view of which it may have missed something: what was changed up to then is older than what it did.
/// </param>
internal readonly record struct Beginning(long View, long After) : IComparable<Beginning>
{
    /// <summary>Whether a change was made by that side, and since then.</summary>
    public bool IsBefore(ChangeStamp change) =>
        ViewNumber.LineageOf(change.View) == ViewNumber.LineageOf(View) && change.View >= View;

    /// <summary>Orders by view.</summary>
    public int CompareTo(Beginning other) =>
        View != other.View ? View.CompareTo(other.View) : After.CompareTo(other.After);
}
