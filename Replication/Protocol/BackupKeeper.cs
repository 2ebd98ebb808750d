using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// The backup's side of a commit. It takes statements from the session's primary only, and none from a process outside
/// its view: that is what fences a primary which was voted out.
/// </summary>
internal sealed class BackupKeeper(NodeContext context)
{
    /// <summary>Called when a copy stops being this node's to lead.</summary>
    public required Action<SessionCopy> Demoted { get; init; }

    /// <summary>Whether the end that is recorded here of a session may be known to few only.</summary>
    public required Func<SessionId, bool> MayStillLive { get; init; }

    public void Receive(Member from, Replicate replicate)
    {
        if (!context.Views.IsMember || !context.Views.Current.Contains(from))
        {
            return;
        }

        context.Map.TryGet(replicate.Session, out Location location);
        Configuration? brought = IsOfThePast(replicate.View, location.Copy) ? null : replicate.Configuration;
        Configuration configuration = Governing(location, from, brought);
        if (configuration.Counter == 0
            || !configuration.Placement.IsAlive
            || configuration.Placement.Primary != from
            || !configuration.Placement.Contains(context.Self)
            || location.Copy is { IsPrimary: true } lead && lead.Work?.GivenTo != from)
        {
            Refuse(from, replicate.Session, location);
            return;
        }

        if (IsOfFormerLeadership(from, replicate, location.Copy, brought)
            || IsFromBeforeTheFork(replicate, location.Copy, brought))
        {
            return;
        }

        if (!IsOvertaken(replicate, configuration, location.Copy)
            && !TryApply(from, replicate, configuration, brought, location.Copy))
        {
            context.Send(from, new NeedFull(replicate.Session, replicate.Version));
            return;
        }

        if (context.Peers.IsLinked(from))
        {
            context.Outbox.SendReplicated(from, replicate.Work, replicate.Version);
        }
    }

    /// <summary>
    /// Says under what the session is led, or that it has ended; only what is in force, as such a word takes the copies
    /// of others away, the primary's too.
    /// </summary>
    private void Refuse(Member from, SessionId session, in Location location)
    {
        bool isInDoubt = location.Copy is { IsPrimary: true, IsEffective: false }
            || (location.IsRecorded && !location.Placement!.IsAlive && MayStillLive(session));
        if (!isInDoubt)
        {
            context.SendStale(
                from, session, location.Copy is { IsPrimary: true } own ? own.Configuration : location.Configuration);
        }
    }

    public void Receive(Member from, Touched touched)
    {
        foreach (Touch touch in touched.Touches)
        {
            if (context.Map.CopyOf(touch.Session) is { IsPrimary: false } copy
                && copy.Configuration.Placement.Primary == from)
            {
                copy.LastAccess = context.Now - touch.Idle;
            }
        }
    }

    /// <summary>
    /// Whether a statement was made in a view before this member's, or before the one in which this copy was told last:
    /// a member of a coming view may be heard before the news of that view, and what it said is acknowledged.
    /// </summary>
    private bool IsOfThePast(long view, SessionCopy? copy) =>
        ViewNumber.IsLater(context.Views.Current.Number, view)
        || !ViewNumber.AreRelated(context.Views.Current.Number, view)
        || (copy is not null && ViewNumber.IsLater(copy.ToldInView, view));

    /// <summary>
    /// What is recorded, unless the message brings the news of a newer configuration, or another message has. A primary
    /// that was told in this view got the session from the one before it, which commits nothing more: what comes of
    /// that one is late. What was told in an earlier view may have come to nothing, unless its primary goes on with it;
    /// but only the map of this view can tell so.
    /// </summary>
    private Configuration Governing(in Location location, Member from, Configuration? brought)
    {
        Configuration known = location.IsRecorded ? location.Configuration : default;
        if (location.Copy is { IsPrimary: false } copy && copy.Configuration.Counter > known.Counter
            && (LeadsItStill(from, copy, known) || WasToldInThisView(copy) || !context.Views.IsActive))
        {
            known = copy.Configuration;
        }

        return brought is { } newer && (known.Counter == 0 || newer.IsNewerThan(known)) ? newer : known;
    }

    /// <summary>
    /// Whether who told this copy of its configuration leads the session whatever has become of that: a change of
    /// holders, but not of who gave it the session. What it says otherwise is late.
    /// </summary>
    private static bool LeadsItStill(Member from, SessionCopy copy, Configuration known) =>
        copy.Configuration.Placement.Primary == from
        && (known is not { Counter: > 0, Placement.IsAlive: true } || known.Placement.Primary == from);

    /// <summary>
    /// Whether this copy has it, and what its primary has said since: it was on its way on a former connection while
    /// the next one was there already.
    /// </summary>
    private static bool IsOvertaken(Replicate replicate, Configuration configuration, SessionCopy? copy) =>
        copy is { IsPrimary: false, HasForked: false }
        && copy.Configuration.Counter == configuration.Counter
        && copy.Configuration.Placement.Primary == configuration.Placement.Primary
        && replicate.Version.Sequence < copy.Sequence;

    /// <summary>
    /// Whether this very primary has said something under a later configuration since: the session was led by another
    /// in between, and what comes late may bear the sequence of a commit of that one. It waits for no answer to this.
    /// </summary>
    private static bool IsOfFormerLeadership(
        Member from, Replicate replicate, SessionCopy? copy, Configuration? brought) =>
        copy is { IsPrimary: false }
        && copy.Configuration.Placement?.Primary == from
        && replicate.Version.Counter < copy.ToldCounter
        && (brought is null || !ViewNumber.IsLater(replicate.View, copy.ToldInView));

    /// <summary>
    /// Whether a copy whose content is in doubt would be given what may be older than it: how far its primary has come
    /// only that can say, in this view. It says it again when it is in it.
    /// </summary>
    private static bool IsFromBeforeTheFork(Replicate replicate, SessionCopy? copy, Configuration? brought) =>
        copy is { HasForked: true } && replicate.Payload.Full is not null && brought is null;

    /// <summary>
    /// Whether it was told in this member's view, or in a coming one of which it has not heard itself.
    /// </summary>
    private bool WasToldInThisView(SessionCopy copy) =>
        !ViewNumber.IsLater(context.Views.Current.Number, copy.ToldInView)
        && ViewNumber.AreRelated(context.Views.Current.Number, copy.ToldInView);

    /// <summary>
    /// Whether a change can be made to this copy. A sequence counts what one primary has committed: what a former one
    /// told last may have the number of another commit here. So the first that a new primary says must be everything,
    /// or the question whether this copy is as far as the one that it began with.
    /// </summary>
    private static bool Continues(Member from, Replicate replicate, SessionCopy copy) =>
        copy is { HasForked: false } && copy.Sequence == replicate.BaseSequence
        && (replicate.Version.Sequence == replicate.BaseSequence || copy.Configuration.Placement.Primary == from);

    private bool TryApply(
        Member from, Replicate replicate, Configuration configuration, Configuration? brought, SessionCopy? copy)
    {
        long sequence = replicate.Version.Sequence;
        SessionState state;
        if (replicate.Payload.Full is { } full)
        {
            state = full;
        }
        else if (copy is not null && Continues(from, replicate, copy))
        {
            SessionDelta delta = replicate.Payload.Delta!;
            state = sequence == replicate.BaseSequence ? copy.State
                : replicate.IsMarked
                    ? copy.State.Apply(
                        delta, new ChangeStamp(replicate.View, sequence, configuration.Placement.Primary.Node))
                    : copy.State.Apply(delta);
        }
        else
        {
            return false;
        }

        if (copy is null)
        {
            copy = new SessionCopy(replicate.Session, context.NextCreated()) { State = state, Sequence = sequence };
            context.Map.AddCopy(copy);
        }
        else
        {
            context.Map.Update(copy, state, sequence);
        }

        if (copy.IsPrimary)
        {
            // It was given away, and its new primary has just said so.
            Demoted(copy);
        }

        copy.HasForked = false;
        context.Map.Configure(copy, configuration);
        bool isAnew = brought is not null && copy.ToldInView != replicate.View;
        copy.ToldCounter = isAnew ? replicate.Version.Counter : Math.Max(copy.ToldCounter, replicate.Version.Counter);
        copy.ToldInView = brought is null ? copy.ToldInView : replicate.View;
        copy.IsEffective = false;
        copy.LastAccess = context.Now - replicate.Idle;
        copy.ReplicatedAt = context.Now;
        return true;
    }
}
