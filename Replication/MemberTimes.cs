namespace SessionCluster.Replication;

/// <summary>
/// The times of a member by which others reckon as well. It says them when it connects, so members may differ in what is
/// set, as while a setting is changed on one after the other.
/// </summary>
/// <param name="SuspectAfter">
/// The silence after which it lets another be excluded; others do not call it silent before either.
/// </param>
/// <param name="FoundingPatience">How long it takes, beyond doubt, until what it wanted is decided.</param>
public readonly record struct MemberTimes(TimeSpan SuspectAfter, TimeSpan FoundingPatience);
