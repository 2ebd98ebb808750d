namespace SessionCluster.Replication;

/// <summary>What has gone by while this process took no step.</summary>
internal sealed partial class NodeParts
{
    /// <summary>
    /// This process was not scheduled for a while. Requests whose time is over must not go on with what has gathered
    /// meanwhile: their clients were told so, or have left, and what they have written since would be overwritten.
    /// </summary>
    public void NoticeSlowness(TimeSpan gap)
    {
        _requests.Tick();
        _news.NoticeSlowness(gap);
    }

    /// <summary>This process was not scheduled for a moment.</summary>
    public void NoticeLateness(TimeSpan gap) => _news.NoticeLateness(gap);

    /// <summary>
    /// A step begins. A lease that had ended may be renewed in this very step: after a moment in which this process was
    /// not scheduled, what has gathered is heard first.
    /// </summary>
    public void NoticeLapse()
    {
        if (_ends.HasAny && !Heartbeats.HasPermission(_context.Now))
        {
            _ends.NoteThatNothingIsDecided();
        }
    }
}
