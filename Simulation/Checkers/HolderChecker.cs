namespace SessionCluster.Simulation;

/// <summary>
/// What a member says of the copy that it has: it acknowledges what it holds, and only to who leads the session as far
/// as it knows; and it gives away all that it has, once, when nothing of it is under way.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class HolderChecker(SimulatedCluster cluster)
{
    private readonly Dictionary<(Member Giver, SessionId Session), Gift> _gifts = [];
    private readonly Dictionary<(Member Primary, SessionId Session), (long Sequence, SessionState State)> _told = [];

    /// <summary>A primary tells a holder of a version, which it has itself.</summary>
    public void Told(SimulatedProcess by, Replicate replicate)
    {
        if (by.Machine.SequenceOf(replicate.Session) == replicate.Version.Sequence)
        {
            _told[(by.Member, replicate.Session)] = (replicate.Version.Sequence, by.Machine.StateOf(replicate.Session)!);
        }
    }

    /// <returns>Which rule the message breaks, or nothing.</returns>
    public string? Acknowledged(SimulatedProcess by, Member to, Replicated replicated)
    {
        if (by.Machine.Inspection.FollowedBy(replicated.Session) is not { } told)
        {
            // It has gone since, in the same step, or has got to lead it.
            return null;
        }

        string name = cluster.NameOf(replicated.Session);
        Configuration recorded = by.Machine.ConfigurationOf(replicated.Session);
        long sequence = by.Machine.SequenceOf(replicated.Session);
        return sequence < replicated.Version.Sequence
            ? $"acknowledges {replicated.Version} of {name}, and has {sequence}"
            : told.Placement.Primary != to ? $"takes a commit to {name} from who does not lead it under {told}"
            : HasOtherValues(by, to, replicated) ? $"acknowledges {replicated.Version} of {name}, and has other values"
            : told.Counter < recorded.Counter ? $"takes a commit to {name} under {told}, though it knows of {recorded}"
            : null;
    }

    /// <returns>Which rule the message breaks, or nothing.</returns>
    public string? Gave(SimulatedProcess by, Member to, HandOver given)
    {
        string name = cluster.NameOf(given.Session);
        var gift = new Gift(given.View, given.Current.Counter, given.Next.Counter, to);
        Gift former = _gifts.GetValueOrDefault((by.Member, given.Session));
        _gifts[(by.Member, given.Session)] = gift;
        if (former.View == gift.View && former.Current == gift.Current && former != gift)
        {
            return $"gives {name} to {to}, after it has given it to {former.To}";
        }

        if (given.Next.Counter <= given.Current.Counter)
        {
            return $"gives {name} away under {given.Next}, after {given.Current}";
        }

        if (!by.Machine.Inspection.IsGivenAway(given.Session))
        {
            return null;
        }

        bool isSame = by.Machine.SequenceOf(given.Session) == given.Sequence
            && by.Machine.StateOf(given.Session)!.HasContentOf(given.State);
        return !isSame ? $"gives {name} away with {given.Sequence}, and has {by.Machine.SequenceOf(given.Session)}"
            : by.Machine.Inspection.HasCommitsUnderWay(given.Session) ? $"gives {name} away with commits under way"
            : null;
    }

    private bool HasOtherValues(SimulatedProcess by, Member to, Replicated replicated) =>
        _told.TryGetValue((to, replicated.Session), out var told) && told.Sequence == replicated.Version.Sequence
        && by.Machine.SequenceOf(replicated.Session) == told.Sequence
        && !by.Machine.StateOf(replicated.Session)!.HasContentOf(told.State);

    private readonly record struct Gift(long View, long Current, long Next, Member To);
}
