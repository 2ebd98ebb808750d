using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// Changes who holds a session. Only its primary does; a new primary gets that right from the old one, or from the view
/// that the old one is not in. New holders get the state first, then a quorum records the configuration, then it is in
/// force. So whatever configuration a later view begins with, its holders have every commit that was answered.
/// </summary>
internal sealed class Reconfigurer(
    NodeContext context, CopySender sender, Replicator replicator, Recorder recorder, HolderChooser chooser)
{
    private long _bytesUnderWay;

    /// <summary>Called when a configuration of this node's session is in force.</summary>
    public required Action<SessionCopy> InForce { get; init; }

    public int Running { get; private set; }

    /// <summary>
    /// Whether a further change may be begun for nobody's sake: not where so many, or such large ones, are under way that
    /// members would be busy with nothing else.
    /// </summary>
    public bool HasRoom => Running < context.Settings.ProtectionWindow
        && _bytesUnderWay < context.Settings.ProtectionWindowBytes;

    /// <summary>
    /// A new session on this node: its record runs beside its first commit, as there is nobody to ask.
    /// </summary>
    public SessionCopy Create(SessionId session, long created)
    {
        var copy = new SessionCopy(session, created) { IsPrimary = true, LastAccess = context.Now };
        context.Map.AddCopy(copy);
        if (context.Settings.Replicates)
        {
            replicator.WorkOf(copy);
            BeginCreation(copy);
        }
        else
        {
            context.Map.Configure(copy, new Configuration(1, new Placement([context.Self])));
            copy.IsEffective = true;
            context.Map.Record(session, copy.Configuration);
        }

        return copy;
    }

    /// <summary>Chooses the holders of a session that nothing is recorded of.</summary>
    public void BeginCreation(SessionCopy copy)
    {
        Start(copy, chooser.FirstHolders(copy), ChangeReason.Create);
    }

    /// <summary>
    /// Begins to serve a session that nobody in this node's reach leads, with the state that there is of it.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="copy">A copy that was left here, if there is one.</param>
    /// <param name="state">The state.</param>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="counter">A counter that was used for it elsewhere.</param>
    public SessionCopy Adopt(SessionId session, SessionCopy? copy, SessionState state, long sequence, long counter)
    {
        if (copy is null)
        {
            copy = new SessionCopy(session, context.NextCreated()) { LastAccess = context.Now };
            context.Map.AddCopy(copy);
        }

        context.Map.Update(copy, state, sequence);
        context.Map.SetRole(copy, isPrimary: true);
        copy.CounterUsed = Math.Max(copy.CounterUsed, Math.Max(copy.Configuration.Counter, counter));
        context.Map.Configure(copy, default);
        copy.IsEffective = false;
        Start(copy, chooser.FirstHolders(copy), ChangeReason.Adopt);
        return copy;
    }

    /// <summary>
    /// Begins to serve a session whose primary is not in the view, with the holders that are. Nobody knows when it was
    /// used last, as the news of it may have died with the primary; so this counts as a use.
    /// </summary>
    public void Promote(SessionCopy copy, Configuration recorded)
    {
        copy.LastAccess = context.Now;
        context.Map.Configure(copy, recorded);
        copy.IsEffective = false;
        List<Member> holders = [context.Self];
        holders.AddRange(recorded.Placement.Holders.Where(
            holder => holder != context.Self && context.Views.Current.Contains(holder)));
        Start(copy, holders, ChangeReason.Promote);
    }

    /// <summary>Begins to serve a session that its primary has given to this node.</summary>
    public void TakeOver(SessionCopy copy, Configuration current, Configuration next)
    {
        context.Map.Configure(copy, current);
        copy.IsEffective = false;
        Start(copy, next, ChangeReason.TakeOver);
    }

    /// <summary>Begins to give a session other holders, under a counter that was never used for it.</summary>
    public void Start(SessionCopy copy, List<Member> holders, ChangeReason reason)
    {
        // No two configurations ever have one epoch, not even one that came about and one that was given up.
        long counter = Math.Max(copy.Configuration.Counter, copy.CounterUsed);
        counter = reason == ChangeReason.Create ? counter : Math.Max(counter, context.CounterForgotten);
        if (context.Map.TryGet(copy.Session, out Location location))
        {
            counter = Math.Max(counter, location.Counter);
        }

        Start(copy, new Configuration(counter + 1, context.Map.Shared(new Placement(holders))), reason);
    }

    /// <summary>
    /// Has a change recorded as soon as the new holders have what they must have. A session that ends changes no more:
    /// its end is the newer record, and must not be followed by an older one.
    /// </summary>
    public void RecordIfCopied(SessionCopy copy, CopyWork work)
    {
        if (work.Change is not { IsRecording: false } change || work.IsEnding || context.Views.IsSealed)
        {
            return;
        }

        foreach (HolderProgress holder in work.Holders)
        {
            if (change.Target.Placement.Contains(holder.Holder) && holder.Acknowledged < change.BaseSequence)
            {
                return;
            }
        }

        change.IsRecording = true;
        recorder.Add(copy.Session, change.Target);
    }

    /// <summary>A quorum has recorded the configuration of one of this node's sessions.</summary>
    public void Recorded(SessionCopy copy, Configuration configuration)
    {
        if (copy.Work is not { Change: { } change } work || change.Target != configuration)
        {
            return;
        }

        End(work);
        Configuration former = copy.Configuration;
        context.Map.Configure(copy, change.Target);
        copy.IsEffective = true;
        work.Holders.RemoveAll(holder => !change.Target.Placement.Contains(holder.Holder));
        ReportInForce(copy, former, change.Reason);
        ReleaseFormerHolders(copy, former);
        InForce(copy);
        replicator.Advance(copy);
    }

    /// <summary>
    /// Only now may they drop their copies: until a quorum knew the new holders, the old ones were needed.
    /// </summary>
    private void ReleaseFormerHolders(SessionCopy copy, Configuration former)
    {
        foreach (Member holder in former.Placement?.Holders ?? [])
        {
            if (!copy.Configuration.Placement.Contains(holder))
            {
                context.SendStale(holder, copy.Session, copy.Configuration);
            }
        }
    }

    /// <summary>Forgets a change that the new view has decided.</summary>
    public void End(CopyWork work)
    {
        if (work.Change is { } change)
        {
            work.Change = null;
            Running--;
            _bytesUnderWay -= change.BytesSent;
        }
    }

    /// <summary>
    /// Tells every holder of a configuration that a view began with the whole state. One outside the view cannot
    /// answer; commits wait until it is replaced.
    /// </summary>
    public void TellHolders(SessionCopy copy, CopyWork work)
    {
        foreach (Member holder in copy.Configuration.Placement.HolderSpan)
        {
            if (holder != context.Self)
            {
                sender.SendFull(copy, work.Add(holder, copy.Configuration.Counter));
            }
        }
    }

    private void Start(SessionCopy copy, Configuration target, ChangeReason reason)
    {
        CopyWork work = replicator.WorkOf(copy);
        bool newPrimary = reason is ChangeReason.Promote or ChangeReason.TakeOver;
        bool isFirst = reason is ChangeReason.Create or ChangeReason.Adopt;
        IReadOnlyList<Member> present = newPrimary || isFirst ? [] : copy.Configuration.Placement.Holders;
        work.Holders.RemoveAll(holder => !present.Contains(holder.Holder));
        work.Change = new HolderChange(target, copy.Sequence, reason);
        copy.CounterUsed = Math.Max(copy.CounterUsed, target.Counter);
        Running++;
        foreach (Member holder in target.Placement.HolderSpan)
        {
            if (holder == context.Self || work.Find(holder) is not null)
            {
                continue;
            }

            HolderProgress progress = work.Add(holder, target.Counter);
            if (newPrimary && work.Commits.Count == 0 && copy.ToldCounter <= copy.Configuration.Counter
                && !copy.HasForked)
            {
                // Who has the same sequence has the same from the former primary; but not what was committed here
                // since, nor what this node was told by one in between that never came into force, be it in this view
                // or in an earlier one.
                sender.SendCheck(copy, progress);
            }
            else if (copy.Sequence > 0 || reason != ChangeReason.Create)
            {
                work.Change.BytesSent += copy.Bytes;
                sender.SendFull(copy, progress);
            }
        }

        _bytesUnderWay += work.Change.BytesSent;
        if (reason == ChangeReason.Create && !context.Views.IsSealed)
        {
            work.Change.IsRecording = true;
            recorder.Add(copy.Session, target);
        }

        RecordIfCopied(copy, work);
    }

    private void ReportInForce(SessionCopy copy, Configuration former, ChangeReason reason)
    {
        switch (reason)
        {
            case ChangeReason.Promote:
                context.Report(new SessionPromoted(copy.Session, copy.Configuration));
                break;
            case ChangeReason.TakeOver:
                context.Report(new SessionTakenOver(copy.Session, former.Placement.Primary, copy.Configuration));
                break;
            default:
                context.Report(new SessionPlaced(copy.Session, copy.Configuration, reason == ChangeReason.Create));
                break;
        }
    }
}
