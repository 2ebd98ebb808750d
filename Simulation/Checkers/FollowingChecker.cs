using SessionCluster.Replication.Sessions;

namespace SessionCluster.Simulation;

/// <summary>
/// What becomes of a copy that another leads: one that may have what came to nothing takes no delta until it has got
/// the whole state; what a map names takes none away that is still needed, nor does a word; and what was said in
/// another view changes nothing, nor anything after a promise.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class FollowingChecker(SimulatedCluster cluster)
{
    private readonly List<Moment> _before = [];
    private long _view;
    private bool _wasServing;
    private bool _wasSealed;

    /// <summary>Remembers the copies that a message is about.</summary>
    public void Before(SimulatedProcess process, Message? heard)
    {
        _before.Clear();
        _view = process.Machine.View.Number;
        _wasServing = process.Machine.Inspection.IsServing;
        _wasSealed = process.Machine.Inspection.IsSealed;
        switch (heard)
        {
            case RecordLocations records:
                for (int index = 0; index < records.Records.Count; index++)
                {
                    Remember(process, records.Records[index].Session);
                }

                break;
            case Replicate replicate:
                Remember(process, replicate.Session);
                break;
            case Stale stale:
                Remember(process, stale.Session);
                break;
            case Located answer:
                Remember(process, answer.Session);
                break;
            case ViewInstall or ViewAccepted:
            case MapPage when !_wasServing:
                foreach (SessionCopy copy in process.Machine.Inspection.Copies)
                {
                    Remember(process, copy.Session);
                }

                break;
            case MapPage page when !_wasSealed:
                foreach (LocationRecord record in page.Records)
                {
                    Remember(process, record.Session);
                }

                break;
        }
    }

    /// <summary>Compares them with what the step has made of them.</summary>
    public void After(SimulatedProcess process, Message? heard)
    {
        foreach (Moment moment in _before)
        {
            SessionCopy? copy = process.Machine.Inspection.CopyOf(moment.Session);
            string? reason = copy is not null && copy == moment.Copy
                ? heard is Replicate replicate ? WhyNotTaken(copy, moment, replicate) : WhyNotFollowed(copy, moment)
                : copy is null && moment.Copy is not null && !_wasServing ? WhyNotDropped(process, moment) : null;
            reason ??= copy is not null && copy == moment.Copy ? WhyReadAtOnce(process, copy, moment) : null;
            reason ??= heard is Stale stale ? WhyNotBelieved(process, stale, moment) : null;
            reason ??= WhyNotRecorded(process, moment) ?? WhyNotLetGo(process, moment);
            if (reason is not null && !cluster.Ledger.MayBeForgotten(moment.Session))
            {
                throw new SimulationFailedException(
                    $"session {cluster.NameOf(moment.Session)}: {process.Member} {reason}");
            }
        }
    }

    private static string? WhyNotTaken(SessionCopy copy, in Moment moment, Replicate replicate) =>
        moment.HasForked && !copy.HasForked && replicate.Payload.Full is null
            ? $"takes {replicate.Version} on top of what may have come to nothing"
            : IsOnTopOfAnother(moment, replicate) && copy.Sequence == replicate.Version.Sequence
                ? $"takes {replicate.Version} on top of what was told under {moment.Told}" : null;

    /// <summary>The first that a new primary says is everything, or a question.</summary>
    private static bool IsOnTopOfAnother(in Moment moment, Replicate replicate) =>
        replicate.Payload.Full is null && replicate.Version.Sequence != replicate.BaseSequence
        && moment.Sequence == replicate.BaseSequence && !moment.IsPrimary && replicate.Configuration is { } brought
        && moment.Told.Placement?.Primary != brought.Placement.Primary;

    /// <summary>
    /// A copy that was led here with commits under way, or was told by another leader than it follows now, or of a
    /// newer configuration, may have what the present leader has not.
    /// </summary>
    private static string? WhyNotFollowed(SessionCopy copy, in Moment moment)
    {
        if (copy.IsPrimary || copy.HasForked)
        {
            return null;
        }

        if (moment.IsPrimary)
        {
            return moment.HasUnanswered && copy.Sequence == moment.Sequence
                ? $"follows {copy.Configuration} with commits of its own that it has not answered" : null;
        }

        bool isOther = copy.Configuration.Counter < moment.Told.Counter
            || copy.Configuration.Placement?.Primary != moment.Told.Placement?.Primary;
        return isOther && copy.Sequence == moment.Sequence
            ? $"follows {copy.Configuration} with what it was told under {moment.Told}" : null;
    }

    /// <summary>
    /// Who leads again what it had given away may have what whoever got it told nobody else: it waits until all have it.
    /// </summary>
    private string? WhyReadAtOnce(SimulatedProcess process, SessionCopy copy, in Moment moment) =>
        !moment.IsPrimary && copy is { IsPrimary: true, IsEffective: true, Work: null or { Commits.Count: 0 } }
            && process.Machine.View.Number != _view && process.Machine.Inspection.IsServing
            && copy.Configuration.Placement.HolderSpan.Length > 1
            && cluster.Options.PartitionPolicy == PartitionPolicy.Majority
            ? $"leads again under {copy.Configuration} what it was told under {moment.Told}, and waits for nobody" : null;

    /// <summary>A view has begun, perhaps with a map that names what is only being recorded.</summary>
    private string? WhyNotDropped(SimulatedProcess process, in Moment moment)
    {
        Configuration recorded = process.Machine.ConfigurationOf(moment.Session);
        return recorded is { Counter: > 0, Placement.IsAlive: true }
            && cluster.Nodes[cluster.HostOf(recorded.Placement.Primary.Node)].Process is { } lead
            && lead.Member == recorded.Placement.Primary && lead.Machine.Inspection.IsServing
            && lead.Machine.View.Number == process.Machine.View.Number
            && lead.Machine.Inspection.CopyOf(moment.Session) is { Work.Change: { IsRecording: true } change } leads
            && change.Target == recorded && leads.Configuration.Placement?.Contains(process.Member) == true
            ? $"drops its copy for {recorded}, while {leads.Configuration} is in force" : null;
    }

    private string? WhyNotBelieved(SimulatedProcess process, Stale stale, in Moment moment)
    {
        Configuration recorded = process.Machine.ConfigurationOf(moment.Session);
        bool isTaken = (recorded == stale.Configuration && recorded != moment.Recorded)
            || (moment.Copy is not null && process.Machine.Inspection.CopyOf(moment.Session) is null);
        return isTaken && stale.View != _view && process.Machine.View.Number == _view
            ? $"believes what was said in view {stale.View}" : null;
    }

    /// <summary>
    /// In the midst of a view nothing goes back. Who has promised the next one records nothing more in this one,
    /// whoever tells it.
    /// </summary>
    private string? WhyNotRecorded(SimulatedProcess process, in Moment moment)
    {
        Configuration recorded = process.Machine.ConfigurationOf(moment.Session);
        bool isBack = !_wasSealed && _wasServing && process.Machine.View.Number == _view
            && recorded.Counter > 0 && recorded.Counter < moment.Recorded.Counter;
        return isBack ? $"goes back from {moment.Recorded} to {recorded}"
            : _wasSealed && _wasServing && process.Machine.View.Number == _view
            && recorded.Counter > moment.Recorded.Counter
            ? $"records {recorded} after it has promised the next view" : null;
    }

    /// <summary>
    /// In the midst of a view a copy goes when most have recorded the session's end, or when a configuration without
    /// its holder is in force.
    /// </summary>
    private string? WhyNotLetGo(SimulatedProcess process, in Moment moment)
    {
        if (moment.Copy is null || !_wasServing || process.Machine.View.Number != _view
            || process.Machine.Inspection.CopyOf(moment.Session) is not null
            || !cluster.Ledger.IsHolderInForce(moment.Session, process.Member))
        {
            return null;
        }

        if (process.Machine.ConfigurationOf(moment.Session) is { Placement.IsAlive: false })
        {
            SessionId session = moment.Session;
            int ignorant = CountInView(
                process, other => other.Machine.ConfigurationOf(session) is { Counter: > 0, Placement.IsAlive: true });
            return ignorant * 2 > process.Machine.View.Members.Count
                ? $"drops its copy, and {ignorant} of {process.Machine.View} do not know that it has ended" : null;
        }

        return !IsLedElsewhere(process, moment) && !HasEnded(process, moment.Session) && !IsPassedOn(process, moment)
            ? $"drops its copy of {moment.Told}, and nothing else is in force" : null;
    }

    /// <summary>
    /// Whether most have recorded a configuration without this member that is later than what it was told: whatever
    /// view follows begins with that, or with a later one.
    /// </summary>
    private bool IsPassedOn(SimulatedProcess process, in Moment moment)
    {
        (SessionId session, long told) = (moment.Session, moment.Told.Counter);
        int ignorant = CountInView(
            process, other => !(other.Machine.ConfigurationOf(session) is { Placement.IsAlive: true } known
            && known.Counter > told && !known.Placement.Contains(process.Member)));
        return ignorant * 2 <= process.Machine.View.Members.Count;
    }

    /// <summary>
    /// Whether somebody leads a session, or did until just now, under a later configuration: one with which a view
    /// begins is in force without any word.
    /// </summary>
    private bool IsLedElsewhere(SimulatedProcess process, in Moment moment)
    {
        Configuration recorded = process.Machine.ConfigurationOf(moment.Session);
        if (recorded.Counter == 0
            || process.ProcessAt(process.HostOf(recorded.Placement.Primary.Node))?.Member != recorded.Placement.Primary)
        {
            return true;
        }

        foreach (SimulatedProcess other in cluster.ProcessSpan)
        {
            if (other != process
                && other.Machine.Inspection.CopyOf(moment.Session) is { IsPrimary: true } lead && IsOrWasInForce(lead)
                && lead.Configuration.Epoch >= cluster.Ledger.InForce(moment.Session)
                && !lead.Configuration.Placement.Contains(process.Member))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Until who takes a session over has that recorded, it names what was in force where it comes from.
    /// </summary>
    private static bool IsOrWasInForce(SessionCopy lead) =>
        lead.IsEffective || lead.Work?.Change?.Reason == ChangeReason.TakeOver;

    /// <summary>Whether most of the view know that a session has ended: then who led it has no copy any more.</summary>
    private bool HasEnded(SimulatedProcess process, SessionId session)
    {
        int knowing = CountInView(
            process, other => other.Machine.ConfigurationOf(session) is { Counter: > 0, Placement.IsAlive: false });
        return knowing * 2 > process.Machine.View.Members.Count;
    }

    private int CountInView(SimulatedProcess process, Func<SimulatedProcess, bool> isCounted)
    {
        int count = 0;
        foreach (ref readonly ViewMember member in process.Machine.View.Span)
        {
            count += process.ProcessAt(process.HostOf(member.Member.Node)) is { IsDrained: false } other
                && other.Member == member.Member && other.Machine.View.Number == _view
                && other.Machine.Inspection.IsServing && isCounted(other) ? 1 : 0;
        }

        return count;
    }

    private void Remember(SimulatedProcess process, SessionId session)
    {
        SessionCopy? copy = process.Machine.Inspection.CopyOf(session);
        _before.Add(new Moment(
            session, copy, copy?.Sequence ?? -1, copy is { IsPrimary: true }, copy?.Work is { Commits.Count: > 0 },
            copy?.Configuration ?? default, process.Machine.ConfigurationOf(session), copy is { HasForked: true }));
    }

    /// <param name="Session">The session.</param>
    /// <param name="Copy">The copy, where there was one.</param>
    /// <param name="Sequence">How many commits it had.</param>
    /// <param name="IsPrimary">Whether it was led here.</param>
    /// <param name="HasUnanswered">Whether it had commits that not every holder had acknowledged.</param>
    /// <param name="Told">The configuration that it was told last.</param>
    /// <param name="Recorded">What was recorded.</param>
    /// <param name="HasForked">Whether only a whole state fits.</param>
    private readonly record struct Moment(
        SessionId Session,
        SessionCopy? Copy,
        long Sequence,
        bool IsPrimary,
        bool HasUnanswered,
        Configuration Told,
        Configuration Recorded,
        bool HasForked);
}
