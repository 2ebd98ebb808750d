using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Simulation;

/// <summary>
/// How the lead of a session passes on, and whose word takes a copy away: who leads stops only for whom it has given the
/// session to; what was given, or wished for, before another led or in another view counts for nothing; who is promoted
/// is the first holder in the view, has heard nothing of a coming one, and counts that as a use; and a copy goes on the
/// word of who leads without it, not of who knows otherwise.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class SuccessionChecker(SimulatedCluster cluster)
{
    /// <summary>Much shorter than the time after which a copy of which nobody speaks is left over.</summary>
    private static readonly TimeSpan ToldLately = TimeSpan.FromSeconds(4);

    /// <summary>Where sides may serve on their own, each has a leader, and another word holds where they meet.</summary>
    private readonly bool _isOneHistory = cluster.Options.PartitionPolicy == PartitionPolicy.Majority;

    private Moment? _before;
    private Member _from;
    private long _view;

    /// <summary>Remembers the copy that a message is about.</summary>
    public void Before(SimulatedProcess process, Member from, Message? heard)
    {
        SessionId? session = heard switch
        {
            Replicate replicate => replicate.Session,
            HandOver given => given.Session,
            TakeOver wish => wish.Session,
            Stale stale => stale.Session,
            Located answer => answer.Session,
            _ => null,
        };
        _before = null;
        if (session is { } about && _isOneHistory && process.Machine.Inspection.CopyOf(about) is { } copy)
        {
            (_from, _view) = (from, process.Machine.View.Number);
            _before = new Moment(
                copy, copy.IsPrimary, copy.Configuration, copy.ToldInView, copy.ReplicatedAt,
                copy.Work is { GivenAway: not null } work ? work.GivenTo : default,
                copy.Work?.Claimants.Contains(from) == true, process.Machine.ConfigurationOf(about));
        }
    }

    /// <summary>Compares it with what the step has made of it.</summary>
    public void After(SimulatedProcess process, Message? heard)
    {
        if (_before is not { } before)
        {
            return;
        }

        SessionId session = before.Copy.Session;
        SessionCopy? copy = process.Machine.Inspection.CopyOf(session);
        string? reason = heard switch
        {
            Replicate when copy == before.Copy => WhyNotFollow(before),
            HandOver given when copy == before.Copy => WhyNotTake(before, given),
            TakeOver wish when copy == before.Copy => WhyNotGive(before, wish),
            Stale stale when copy is null => WhyNotDrop(process, before, stale),
            Located answer when copy is null => WhyNotDrop(process, before, answer),
            _ => null,
        };
        if (reason is not null && !cluster.Ledger.MayBeForgotten(session))
        {
            throw new SimulationFailedException($"session {cluster.NameOf(session)}: {process.Member} {reason}");
        }
    }

    /// <summary>A member wants to lead what another has led, which is in no view any more.</summary>
    /// <returns>Which rule that breaks, or nothing.</returns>
    public string? Wanted(SimulatedProcess by, RecordLocations records)
    {
        foreach (LocationRecord record in records.Records)
        {
            if (_isOneHistory && by.Machine.Inspection.CopyOf(record.Session) is { } copy
                && copy.Work?.Change is { Reason: ChangeReason.Promote } change && change.Target == record.Configuration
                && WhyNotLead(by, copy) is { } reason && !cluster.Ledger.MayBeForgotten(record.Session))
            {
                return $"wants to lead {cluster.NameOf(record.Session)} in view {by.Machine.View.Number}, though {reason}";
            }
        }

        return null;
    }

    /// <summary>All members name the same one without a word: the first holder in the view.</summary>
    private static string? WhyNotLead(SimulatedProcess by, SessionCopy copy)
    {
        if (ViewNumber.IsLater(copy.ToldInView, by.Machine.View.Number))
        {
            return $"it was told of it in view {copy.ToldInView}";
        }

        Member first = copy.Configuration.Placement.Holders.FirstOrDefault(by.Machine.View.Contains);
        return first != by.Member ? $"{first} is the first there of {copy.Configuration}" : null;
    }

    /// <summary>A member leads what another has led: nobody knows when that was used last.</summary>
    public void Promoted(SimulatedProcess by, SessionId session)
    {
        if (by.Machine.Inspection.CopyOf(session) is { IsPrimary: true } copy
            && copy.LastAccess < by.Machine.Inspection.EnteredAt)
        {
            throw new SimulationFailedException(
                $"session {cluster.NameOf(session)}: {by.Member} promotes it, and does not count that as a use");
        }
    }

    private string? WhyNotFollow(in Moment before) =>
        before.IsPrimary && !before.Copy.IsPrimary && before.GivenTo != _from
            ? $"stops leading it for {_from}, to whom it has not given it" : null;

    private string? WhyNotTake(in Moment before, HandOver given) =>
        before.IsPrimary || !before.Copy.IsPrimary ? null
        : given.View != _view ? $"takes what was given in view {given.View}"
        : before.Recorded.Counter >= given.Next.Counter
            ? $"takes what was given under {given.Next}, though it knows of {before.Recorded}"
        : ViewNumber.IsLater(before.ToldIn, given.View)
            || (before.ToldIn == given.View && before.Told.Counter >= given.Next.Counter)
            ? $"takes what was given under {given.Next}, though it was told under {before.Told} in view {before.ToldIn}"
        : null;

    private string? WhyNotGive(in Moment before, TakeOver wish) =>
        wish.View != _view && !before.IsClaimant && before.GivenTo != _from
            && before.Copy.Work is { } work && (work.Claimants.Contains(_from) || work.GivenTo == _from)
            ? $"lets {_from} have what it wished for in view {wish.View}" : null;

    private string? WhyNotDrop(SimulatedProcess process, in Moment before, Stale stale) =>
        stale.Configuration.Placement is not { IsAlive: true } placement ? null
        : placement.Primary != _from ? $"drops its copy on the word of {_from}, which does not lead it"
        : !before.IsPrimary && before.Told.Counter > stale.Configuration.Counter
            && process.Now - before.ReplicatedAt < ToldLately
            ? $"drops what it was told under {before.Told} for {stale.Configuration}" : null;

    private string? WhyNotDrop(SimulatedProcess process, in Moment before, Located answer) =>
        answer.Configuration is { Counter: > 0, Placement.IsAlive: true } known
            && (known.Placement.Contains(process.Member)
                || before.Recorded is not { Counter: > 0, Placement.IsAlive: true })
            ? $"drops its copy on the word of {_from}, which knows it under {known}" : null;

    /// <param name="Copy">The copy.</param>
    /// <param name="IsPrimary">Whether it was led here.</param>
    /// <param name="Told">Its configuration.</param>
    /// <param name="ToldIn">In which view it was told of that.</param>
    /// <param name="ReplicatedAt">When it was told anything last.</param>
    /// <param name="GivenTo">To whom it was given away; nobody where it was not.</param>
    /// <param name="IsClaimant">Whether who says something now had wished for it before.</param>
    /// <param name="Recorded">What was recorded.</param>
    private readonly record struct Moment(
        SessionCopy Copy,
        bool IsPrimary,
        Configuration Told,
        long ToldIn,
        Instant ReplicatedAt,
        Member GivenTo,
        bool IsClaimant,
        Configuration Recorded);
}
