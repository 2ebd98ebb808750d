namespace SessionCluster.Replication.Membership;

/// <summary>What it says of itself, and of the view in which it lives.</summary>
internal sealed partial class Peer
{
    public void Report(Heartbeat heartbeat)
    {
        bool leaves = heartbeat.Status == MemberStatus.Leaving;
        IsLeaving = leaves || (IsLeaving && heartbeat.Status == MemberStatus.Joining);
        HasReported = true;
        BegunAnewFrom = heartbeat.View > 0 ? 0 : Math.Max(View, BegunAnewFrom);
        View = heartbeat.View;
        NoteName(heartbeat.View);
        Status = heartbeat.Status;
        BytesHeld = heartbeat.BytesHeld;
        MapDigest = heartbeat.MapDigest;
        Suspects = heartbeat.Suspects;
    }

    /// <summary>It names a view without being in it, so it knows of it.</summary>
    public void NoteView(long view) => View = ViewNumber.IsLater(view, View) ? view : View;

    /// <summary>It has said something in a view, or of one.</summary>
    public void NoteName(long view)
    {
        if (ViewNumber.IsLater(view, NamedView) || !ViewNumber.AreRelated(view, NamedView))
        {
            NamedView = view;
        }
    }

    /// <summary>Compares its view with that of this node; called when either has changed.</summary>
    public void CompareView(long current, Instant now) =>
        ElsewhereSince = ViewNumber.AreRelated(View, current) ? Instant.Never
            : IsElsewhere ? ElsewhereSince : now;

    /// <summary>
    /// The process at the other end is no member of the view before <paramref name="view"/>, and has said that it knows
    /// of no such view.
    /// </summary>
    /// <param name="view">The number of a view.</param>
    /// <param name="askedAt">When it was asked.</param>
    public void NoteIgnorance(long view, Instant askedAt) => (_unknownView, _askedAt) = (view, askedAt);

    /// <summary>Whether it has said so, asked since a time.</summary>
    public bool IsIgnorantOf(long view, Instant since) => _unknownView == view && _askedAt >= since;
}
