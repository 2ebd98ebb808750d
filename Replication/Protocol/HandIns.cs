using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// The lineage that stays takes what members of another one hand in: the session's leader merges it, or a member adopts
/// a session that nobody here has, both by an ordinary commit, so that every holder has it before the answer.
/// </summary>
internal sealed class HandIns(
    NodeContext context,
    Heartbeats heartbeats,
    HandInAnswers answers,
    HandInRouting routing,
    Adoption adoption,
    Replicator replicator,
    Recorder recorder,
    Ownership ownership,
    Endings endings,
    Promotions promotions,
    EndsInDoubt ends)
{
    /// <summary>What cannot be decided now is not answered, and is asked again soon.</summary>
    public void Receive(Member from, HandIn given)
    {
        if (given.View != context.Views.Current.Number || !heartbeats.HasPermission(context.Now)
            || context.Views.IsSealed
            || answers.IsUnderWay(from, given.Session))
        {
            return;
        }

        promotions.PromoteIfDue(given.Session);
        context.Map.TryGet(given.Session, out Location location);
        if (IsPassedOn(from))
        {
            ReceivePassedOn(from, given, location);
        }
        else if (location.Placement is { IsRemoved: true, IsExpired: false })
        {
            AnswerIfAllKnow(from, given);
        }
        else if (location is { IsRecorded: true, Placement.IsAlive: false } && IsOlderThanTheEnd(from, given))
        {
            answers.Answer(from, given, HandInVerdict.Taken);
        }
        else if (ownership.OwnerOf(location.Placement) is not { } owner)
        {
            return;
        }
        else if (owner != context.Self)
        {
            routing.SendOn(from, given, owner, location);
        }
        else if (given.Configuration.Placement.IsRemoved)
        {
            End(from, given, location);
        }
        else if (location.Copy is { IsPrimary: true } copy)
        {
            Merge(from, given, copy);
        }
        else if (!location.IsRecorded && location.Copy is null)
        {
            adoption.AdoptIfUnknown(from, given);
        }
        else if (ownership.IsOutOfReach(location))
        {
            adoption.Adopt(from, given, location);
        }
    }

    /// <summary>
    /// A session that was taken over for the sake of what was handed in has come: it is merged before another member,
    /// to which the same session is handed in, takes it over in turn.
    /// </summary>
    public void InForce(SessionId session)
    {
        if (routing.Came(session) is { } waiting)
        {
            Receive(waiting.From, waiting.Given);
        }
    }

    /// <summary>Forgets what was counted, when no side can come any more that holds it.</summary>
    public void ViewChanged(bool isDivided)
    {
        routing.ViewChanged();
        if (!isDivided)
        {
            answers.ForgetCounted();
        }
    }

    /// <summary>
    /// Whether it comes from a member of this view, which cannot be asked for more. It does not say whether another side
    /// or a process that was excluded has it; so nothing is done but to begin what nobody here has, or to end it. Whoever
    /// passes on what is not known here has asked all others whether they know it.
    /// </summary>
    private bool IsPassedOn(Member from) =>
        context.Views.Current.Contains(from) && context.Peers.Find(from.Node) is { IsElsewhere: false };

    private void ReceivePassedOn(Member from, HandIn given, in Location location)
    {
        // Whoever passes on what has ended here has to know of the end: what an excluded process has is older than it.
        bool isKnown = !location.IsRecorded || location.Placement!.IsAlive
            || (location.Placement is not { IsRemoved: true, IsExpired: false }
                && given.Configuration.Counter >= location.Counter);
        if (!isKnown || location.Copy is { IsPrimary: true } || ownership.OwnerOf(location.Placement) != context.Self)
        {
            return;
        }

        if (given.Configuration.Placement.IsRemoved)
        {
            End(from, given, location);
        }
        else if (ownership.IsOutOfReach(location))
        {
            adoption.Adopt(from, given, location);
        }
    }

    private void Merge(Member from, HandIn given, SessionCopy copy)
    {
        if (!copy.IsEffective
            || copy.Work is { IsEnding: true } or { GivenAway: not null } or { IsClaimed: true }
                or { ExclusiveLoad: not null })
        {
            // Who holds the session exclusively will write what it makes of the values as they are.
            return;
        }

        SessionState theirs = given.State ?? SessionState.Empty;
        if (!given.HasValues && !SeenBy(copy.State).Contain(SeenBy(theirs)))
        {
            answers.Answer(from, given, HandInVerdict.NeedsState);
            return;
        }

        copy.LastAccess = Instant.Max(copy.LastAccess, context.Now - given.Idle);
        bool isOfThisSide = context.Peers.Find(from.Node) is { IsElsewhere: false };
        var merge = SessionMerge.Of(
            copy.State, given.HasValues ? theirs : copy.State, isOfThisSide ? context.Views.Current.Number : null);
        if (merge.IsChanged)
        {
            long sequence = Math.Max(copy.Sequence, given.Sequence) + 1;
            replicator.Replace(copy, merge.State, sequence, answers.Await(from, given, merge.Overwritten));
        }
        else if (copy.Work is not { Commits.Count: > 0 })
        {
            answers.Report(from, given, merge.Overwritten);
            answers.Answer(from, given, HandInVerdict.Taken);
        }
    }

    private void End(Member from, HandIn given, in Location location)
    {
        if (location.Copy is { IsPrimary: true } copy)
        {
            if (copy.IsEffective && copy.Work is not ({ IsEnding: true } or { GivenAway: not null }))
            {
                replicator.WorkOf(copy).Endings.Add(answers.Await(from, given, []));
                endings.End(copy);
            }
        }
        else if (location.Copy is null || ownership.IsOutOfReach(location))
        {
            // Nobody here has it; but a third side may. Who backs it up for a leader of whom nothing is recorded yet
            // ends nothing: whoever hands it in comes again, and is sent on then.
            long counter = Math.Max(location.Counter, given.Configuration.Counter);
            recorder.Add(given.Session, new Configuration(counter + 1, Placement.Removed));
        }
    }

    /// <summary>
    /// A process that was excluded has nothing of a session that is lost or has expired that its last holders had not;
    /// an older state is never served. What another side has done with it is news.
    /// </summary>
    private bool IsOlderThanTheEnd(Member from, HandIn given) =>
        context.Peers.Find(from.Node) is { IsElsewhere: false }
        && SeenBy(given.State ?? SessionState.Empty).Lines.All(line => line.IsUpTo(context.Views.Current.Number));

    private static SeenChanges SeenBy(SessionState state) => state.Marks?.Seen ?? SeenChanges.Nothing;

    /// <summary>An end that only a few have recorded may come to nothing with the next view.</summary>
    private void AnswerIfAllKnow(Member from, HandIn given)
    {
        if (!ends.MayStillLive(given.Session) && !recorder.IsUnderWay(given.Session))
        {
            answers.Answer(from, given, HandInVerdict.Taken);
        }
    }
}
