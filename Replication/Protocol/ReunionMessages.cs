namespace SessionCluster.Replication;

/// <summary>
/// To a member of the lineage that stays: this is what mine knows of the session. The sender serves nothing any more,
/// and keeps its copy until it is a member there.
/// </summary>
/// <param name="View">
/// The receiver's view as the sender knows it. In any other one it is not taken: the sender may have been a member
/// since.
/// </param>
/// <param name="Session">The session.</param>
/// <param name="Configuration">
/// As the sender has it; removed, where the application has ended the session there.
/// </param>
/// <param name="Sequence">The sequence of the sender's copy.</param>
/// <param name="Idle">How long ago the session was last used there.</param>
/// <param name="State">
/// The sender's copy; without values, where it was not changed on that side and was not asked for: then it only tells
/// which commits it contains. Nothing, where the sender knows a removal and has no copy.
/// </param>
/// <param name="HasValues">Whether the state is the whole one.</param>
public sealed record HandIn(
    long View,
    SessionId Session,
    Configuration Configuration,
    long Sequence,
    TimeSpan Idle,
    SessionState? State,
    bool HasValues) : Message;

/// <summary>Answers <see cref="HandIn"/>.</summary>
/// <param name="Session">The session.</param>
/// <param name="Sequence">The sequence that was handed in.</param>
/// <param name="Verdict">What became of it.</param>
/// <param name="Owner">Who is to be asked instead, where the verdict says so.</param>
public sealed record HandedIn(SessionId Session, long Sequence, HandInVerdict Verdict, Member Owner) : Message;

/// <summary>What became of a session that was handed in.</summary>
public enum HandInVerdict
{
    /// <summary>It is merged, and every holder has the result; or it has ended.</summary>
    Taken,

    /// <summary>The state is needed.</summary>
    NeedsState,

    /// <summary>Another member leads the session.</summary>
    Elsewhere,
}
