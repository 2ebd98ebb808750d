namespace SessionCluster.Simulation;

/// <summary>
/// The requests of the application to remove a session: until when one of them may come true that was not told so.
/// </summary>
/// <param name="history">The histories of all sessions.</param>
internal sealed class RemovalHistory(History history)
{
    /// <summary>When those began that are not over yet.</summary>
    private readonly HashSet<long> _open = [];

    private TimeSpan _endedAt;

    /// <summary>Whether one of them may come true yet, or has.</summary>
    public bool MayComeTrue { get; private set; }

    /// <summary>A request begins.</summary>
    public void Invoked(Observation began)
    {
        MayComeTrue = true;
        _open.Add(began.Moment);
    }

    /// <summary>A request is over, or its process has died.</summary>
    public void Ended(Observation began) => _endedAt = _open.Remove(began.Moment) ? history.Now : _endedAt;

    /// <summary>
    /// A request found the session: where it began long after the last that would remove it, that came to nothing.
    /// </summary>
    public void Survived(Observation began) => MayComeTrue &= _open.Count > 0 || began.Time <= _endedAt + history.OverAfter;
}
