using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// The primary's side of a commit: applies it, tells every holder, and answers when every holder has it. A holder that
/// does not answer is replaced, and the commit is answered when the replacement has it.
/// </summary>
internal sealed class Replicator(NodeContext context, CopySender sender)
{
    /// <summary>As many idle works are kept for reuse.</summary>
    private const int SpareMaximum = 256;

    private readonly Dictionary<long, SessionCopy> _busy = [];
    private readonly Stack<CopyWork> _spare = new();
    private long _worksBegun;

    /// <summary>The sessions with work under way, in the order in which it began.</summary>
    public IReadOnlyCollection<SessionCopy> Busy => _busy.Values;

    /// <summary>How to change a session's holders; set once, as the two need each other.</summary>
    public Reconfigurer Reconfigurer { get; set; } = null!;

    /// <summary>When to change them; set once, likewise.</summary>
    public Protector Protector { get; set; } = null!;

    public required Requests Requests { get; init; }

    /// <summary>
    /// Whether commits may be answered now. Where others may begin a session that is out of their reach, a member that
    /// they have excluded must not answer any more, though all its holders are with it.
    /// </summary>
    public required Func<bool> MayAnswer { get; init; }

    /// <summary>Called when a session's work may let a claimant have it.</summary>
    public Action<SessionCopy> MayGiveAway { get; set; } = static _ => { };

    public void Commit(SessionCopy copy, SessionRequest request)
    {
        copy.LastAccess = context.Now;
        SessionDelta delta = OutcomeClock.Date(copy, request.Delta, context.Now);
        if (!context.Settings.Replicates && copy.Work is null && copy.IsEffective)
        {
            context.Map.Update(copy, copy.State.Apply(delta), copy.Sequence + 1);
            Requests.Committed(request, copy, copy.Sequence);
            return;
        }

        CopyWork work = WorkOf(copy);
        context.Map.Update(copy, StateAfter(copy, delta), copy.Sequence + 1);
        work.Commits.Enqueue(new PendingCommit(copy.Sequence, request));
        copy.IsTouched = false;
        foreach (HolderProgress holder in work.Holders)
        {
            sender.SendCommit(copy, holder, delta);
        }

        Advance(copy);
    }

    /// <summary>Gives the session a state that was merged elsewhere; every holder gets it whole.</summary>
    public void Replace(SessionCopy copy, SessionState state, long sequence, SessionRequest request)
    {
        CopyWork work = WorkOf(copy);
        context.Map.Update(copy, state, sequence);
        foreach (HolderProgress holder in work.Holders)
        {
            sender.SendFull(copy, holder);
        }

        AnswerWhenHeld(copy, request);
    }

    /// <summary>Answers a request when every holder has the session as it is now.</summary>
    public void AnswerWhenHeld(SessionCopy copy, SessionRequest request)
    {
        WorkOf(copy).Commits.Enqueue(new PendingCommit(copy.Sequence, request));
        Advance(copy);
    }

    /// <summary>Lets nobody read the session until every holder has it as it is now.</summary>
    public void HoldBack(SessionCopy copy) => WorkOf(copy).Commits.Enqueue(new PendingCommit(copy.Sequence, null));

    private SessionState StateAfter(SessionCopy copy, SessionDelta delta) => sender.IsMarked(delta)
        ? copy.State.Apply(
            delta, new ChangeStamp(context.Views.Current.Number, copy.Sequence + 1, context.Self.Node))
        : copy.State.Apply(delta);

    /// <summary>The work of a copy. As long as there was none, every holder had every commit.</summary>
    public CopyWork WorkOf(SessionCopy copy)
    {
        if (copy.Work is { } present)
        {
            return present;
        }

        CopyWork work = _spare.TryPop(out CopyWork? spare) ? spare : new CopyWork();
        work.Number = ++_worksBegun;
        copy.Work = work;
        _busy.Add(work.Number, copy);
        if (copy.Configuration.Counter > 0)
        {
            foreach (Member holder in copy.Configuration.Placement.HolderSpan)
            {
                if (holder != context.Self)
                {
                    HolderProgress progress = work.Add(holder, copy.Configuration.Counter);
                    progress.Sent = copy.Sequence;
                    progress.Acknowledged = copy.Sequence;
                    progress.SentCounter = copy.Configuration.Counter;
                    progress.ToldCounter = copy.Configuration.Counter;
                }
            }
        }

        return work;
    }

    /// <summary>Forgets the work of a copy that is not this node's to lead any more.</summary>
    public void DropWork(SessionCopy copy)
    {
        if (copy.Work is { } work)
        {
            _busy.Remove(work.Number);
            copy.Work = null;
        }
    }

    public void Receive(Member from, Replicated replicated)
    {
        if (!_busy.TryGetValue(replicated.Work, out SessionCopy? copy)
            || copy is not { IsPrimary: true, Work: { } work }
            || work.Find(from) is not { } holder
            || replicated.Version.Counter < holder.MinimumCounter
            || replicated.Version.Counter > holder.SentCounter
            || replicated.Version.Sequence > holder.Sent)
        {
            return;
        }

        holder.Acknowledged = Math.Max(holder.Acknowledged, replicated.Version.Sequence);
        holder.ToldCounter = Math.Max(holder.ToldCounter, replicated.Version.Counter);
        holder.WaitingSince = context.Now;
        holder.Repetitions = 0;
        sender.NoteTaken(holder);
        Advance(copy);
    }

    public void Receive(Member from, NeedFull need)
    {
        if (context.Map.CopyOf(need.Session) is not { IsPrimary: true } copy)
        {
            return;
        }

        if (copy is { IsEffective: true, Work: null } && copy.Configuration.Placement.Contains(from))
        {
            // It was thought to have all, and has not: no commit is answered before it has.
            WorkOf(copy).Find(from)!.Acknowledged = -1;
        }

        if (copy.Work?.Find(from) is { } holder && need.Version.Counter >= holder.MinimumCounter)
        {
            sender.SendFull(copy, holder);
            context.Report(new CopyRepaired(copy.Session, from));
        }
    }

    /// <summary>Does what the latest acknowledgement permits.</summary>
    public void Advance(SessionCopy copy)
    {
        if (copy.Work is not { } work)
        {
            return;
        }

        Reconfigurer.RecordIfCopied(copy, work);
        CompleteCommits(copy, work);
        if (work.Claimants.Count > 0)
        {
            MayGiveAway(copy);
        }

        if (work.IsIdle && ReferenceEquals(copy.Work, work))
        {
            DropWork(copy);
            Keep(work);
        }
    }

    /// <summary>
    /// Keeps a work for reuse. Only one that is done: of others somebody may still read what has become of them.
    /// </summary>
    private void Keep(CopyWork work)
    {
        if (_spare.Count < SpareMaximum)
        {
            work.Clear();
            _spare.Push(work);
        }
    }

    /// <summary>
    /// Answers the commits that every holder has, the holders to come included: so whoever promotes itself later, under
    /// the old configuration or the new one, has every commit that was answered.
    /// </summary>
    private void CompleteCommits(SessionCopy copy, CopyWork work)
    {
        if (work.Commits.Count == 0 || !copy.IsEffective || !Protector.IsProtectedEnough(copy, work) || !MayAnswer())
        {
            return;
        }

        long bound = long.MaxValue;
        foreach (HolderProgress holder in work.Holders)
        {
            bound = Math.Min(bound, holder.Acknowledged);
        }

        if (bound < work.AcknowledgedFrom)
        {
            return;
        }

        bool completed = false;
        while (work.Commits.TryPeek(out PendingCommit commit) && commit.Sequence <= bound)
        {
            work.Commits.Dequeue();
            if (commit.Request is { } request)
            {
                Requests.Committed(request, copy, commit.Sequence);
            }

            completed = true;
        }

        if (completed && work.Commits.Count == 0)
        {
            Requests.Resume(copy.Session);
        }
    }
}
