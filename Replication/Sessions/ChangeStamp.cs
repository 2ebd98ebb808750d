using SessionCluster.Replication.Membership;

namespace SessionCluster.Replication.Sessions;

/// <summary>
/// Which commit changed a key last. No two commits ever share a stamp: within a view one primary after the other leads
/// a session, and a primary that leads it again goes on from what the one between them has made.
/// </summary>
/// <param name="View">The view in which the commit was made.</param>
/// <param name="Sequence">The session's sequence after it.</param>
/// <param name="Node">The session's primary at the time.</param>
internal readonly record struct ChangeStamp(long View, long Sequence, NodeId Node)
{
    /// <summary>
    /// Whether this change stays where another side has changed the same key: the later version, then the first name.
    /// </summary>
    public bool Beats(ChangeStamp other)
    {
        if (Sequence != other.Sequence)
        {
            return Sequence > other.Sequence;
        }

        return Node != other.Node ? Node < other.Node : View > other.View;
    }

    /// <summary>Whether the change was made in a view or before it, in that view's line of succession.</summary>
    public bool IsUpTo(long view) => ViewNumber.LineageOf(View) == ViewNumber.LineageOf(view) && View <= view;
}

/// <summary>A key that was changed, or removed, and by which commit.</summary>
internal readonly record struct KeyMark(string Key, ChangeStamp Stamp);
