using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// How a primary, which alone may, gives its session away when its own commits are answered: to a node to which a
/// request came, or to an heir. The session stays sealed until the new configuration is recorded, or the receiver has
/// left the view.
/// </summary>
internal sealed class HandOvers(
    NodeContext context, Replicator replicator, Ownership ownership, Promotions promotions, Requests requests)
{
    private Instant _nextReleaseAt = Instant.Zero;

    /// <summary>
    /// Whether a session that this node has given away has been on its way for so long that, by now, it is known
    /// whether a quorum does not hear the other either: it is but one way that is cut. Neither of the two leads the
    /// session in this view any more, unless a quorum knows already who does; the next view names one. But somebody who
    /// is lost and found again and again does not cost a view each time.
    /// </summary>
    public bool IsStuck { get; private set; }

    /// <summary>
    /// The bytes of what was given away and has not arrived yet. What is only claimed was not sent: a session that is held
    /// exclusively for long keeps no other from leaving.
    /// </summary>
    public long BytesUnderWay
    {
        get
        {
            long sum = 0;
            foreach (SessionCopy copy in replicator.Busy)
            {
                sum += copy.Work is { GivenAway: not null } ? copy.Bytes : 0;
            }

            return sum;
        }
    }

    public void Receive(Member from, TakeOver request)
    {
        if (request.View != context.Views.Current.Number || !context.Views.IsServing)
        {
            return;
        }

        promotions.PromoteIfDue(request.Session);
        context.Map.TryGet(request.Session, out Location location);
        SessionCopy? led = location.Copy is { IsPrimary: true }
            ? location.Copy
            : ownership.BeginIfOutOfReach(request.Session);
        if (led is not { } copy)
        {
            context.Send(from, new Moved(request.Session, location.Configuration));
            return;
        }

        CopyWork work = replicator.WorkOf(copy);
        if (work.GivenAway is { } given)
        {
            context.Send(from, work.GivenTo == from ? given : new Moved(request.Session, given.Next));
            return;
        }

        Claim(copy, from);
    }

    /// <summary>Lets a member have the session as soon as it may.</summary>
    public void Claim(SessionCopy copy, Member claimant)
    {
        CopyWork work = replicator.WorkOf(copy);
        if (!work.Claimants.Contains(claimant))
        {
            work.Claimants.Add(claimant);
        }

        GiveAwayIfQuiet(copy);
    }

    /// <summary>
    /// Gives the session to whoever claims it as soon as nothing is under way and nobody holds it exclusively. A claim
    /// counts from when this node serves the session: by then all that had waited here for it are answered, or nodes
    /// that all want it would pass it round, and none would answer anybody.
    /// </summary>
    public void GiveAwayIfQuiet(SessionCopy copy)
    {
        if (copy is not { IsEffective: true, Work: { Claimants: [Member claimant, ..], GivenAway: null } work })
        {
            return;
        }

        if (context.Peers.IsAway(claimant, context.Now) || !context.Views.Current.Contains(claimant))
        {
            // What does not reach it would be led by nobody, nor would what it may not lead. It asks again.
            Forgo(copy, work, claimant);
            return;
        }

        work.IsClaimed = true;
        if (work is { Change: null, IsEnding: false, Commits.Count: 0, ExclusiveLoad: null }
            && context.Views is { IsServing: true, IsSealed: false })
        {
            GiveAway(copy, work, claimant);
            foreach (Member later in work.Claimants.Skip(1))
            {
                context.Send(later, new Moved(copy.Session, work.GivenAway!.Next));
            }

            work.Claimants.Clear();
        }
    }

    /// <summary>Lets the next claimant have the session, or this node serve on.</summary>
    private void Forgo(SessionCopy copy, CopyWork work, Member claimant)
    {
        work.Claimants.Remove(claimant);
        work.IsClaimed = false;
        requests.Resume(copy.Session);
        GiveAwayIfQuiet(copy);
    }

    /// <summary>
    /// Gives the session away, asked or not. The copies stay, but for the one of this node, if there are enough.
    /// </summary>
    private void GiveAway(SessionCopy copy, CopyWork work, Member to)
    {
        List<Member> holders = [to];
        holders.AddRange(copy.Configuration.Placement.Holders.Where(
            holder => holder != to && holder != context.Self && context.Views.Current.Contains(holder)));
        long wanted = Math.Min(1L + context.Settings.Backups, Math.Max(copy.Configuration.Placement.Holders.Count, 2));
        if (holders.Count < wanted)
        {
            holders.Add(context.Self);
        }

        long used = Math.Max(copy.CounterUsed, copy.Configuration.Counter);
        copy.CounterUsed = Math.Max(used, context.CounterForgotten) + 1;
        var next = new Configuration(copy.CounterUsed, new Placement(holders));
        work.GivenTo = to;
        work.GivenAt = context.Now;
        work.GivenSince = context.Now;
        work.GivenAway = new HandOver(
            context.Views.Current.Number, copy.Session, copy.Configuration, next, copy.Sequence, copy.State,
            context.Now - copy.LastAccess);
        context.Send(to, work.GivenAway);
    }

    /// <summary>Gives again where no answer has come: the session or the answer may have been lost.</summary>
    public void Tick()
    {
        IsStuck = false;
        foreach (SessionCopy copy in replicator.Busy)
        {
            if (copy.Work is not { GivenAway: not null } work)
            {
                continue;
            }

            IsStuck |= context.Now >= _nextReleaseAt
                && context.Now - work.GivenSince >= context.Settings.SuspectAfter + context.Settings.HeartbeatInterval
                && context.Peers.IsAway(work.GivenTo, context.Now);
            if (context.Now - work.GivenAt >= context.Settings.HolderPatience)
            {
                Repeat(work);
                AskOwner(copy, work);
            }
        }
    }

    /// <summary>A connection stands again: what was given away on the old one may be lost.</summary>
    public void LinkUp(Member peer)
    {
        foreach (SessionCopy copy in replicator.Busy)
        {
            if (copy.Work is { GivenAway: not null } work && work.GivenTo == peer)
            {
                Repeat(work);
            }
        }
    }

    public void ViewChanged()
    {
        _nextReleaseAt = IsStuck ? context.Now + context.Times.FoundingPatience : _nextReleaseAt;
        IsStuck = false;
    }

    /// <summary>
    /// Who is not in the view any more says nothing more of what it has given away: the view says who leads it.
    /// </summary>
    private void Repeat(CopyWork work)
    {
        if (!context.Views.IsServing)
        {
            return;
        }

        work.GivenAt = context.Now;
        context.Send(work.GivenTo, work.GivenAway!);
    }

    /// <summary>
    /// Whoever got the session may have passed it on already; the present primary tells whether it is so.
    /// </summary>
    private void AskOwner(SessionCopy copy, CopyWork work)
    {
        if (context.Map.TryGet(copy.Session, out Location location)
            && location.Placement is { IsAlive: true } recorded
            && recorded.Primary != context.Self && recorded.Primary != work.GivenTo)
        {
            context.SendStale(recorded.Primary, copy.Session, location.Configuration);
        }
    }
}
