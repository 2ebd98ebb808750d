namespace SessionCluster.Replication.Membership;

/// <summary>What an attempt proposes, and whose votes decide it.</summary>
internal sealed class ViewDecision(NodeContext context, Admissions admissions, ViewPlanner planner, Division division)
{
    /// <summary>
    /// What an earlier attempt may have decided binds the next view. A group that divides decides for nobody else: it
    /// goes on when every one of it agrees, and nobody but its proposer ever completes that.
    /// </summary>
    /// <returns>Nothing while it is waited for promises.</returns>
    public View? ViewToPropose(ViewAttempt attempt) => IsDividing(attempt)
        ? division.ViewWithout(attempt.Silent)
        : attempt.AcceptedView ?? NextView(attempt);

    /// <summary>Newcomers are let in with the promises of all who are heard.</summary>
    private View? NextView(ViewAttempt attempt)
    {
        View current = context.Views.Current;
        View next = planner.NextView(attempt.Silent, admits: true);
        if (current.Number == 0 || next.Members.All(member => current.Contains(member.Member))
            || admissions.MayAdmit(attempt.Promises.Contains))
        {
            return next;
        }

        // Who is dead or silent does not stay a member for their sake.
        View remaining = planner.NextView(attempt.Silent, admits: false);
        if (remaining.Members.Count == current.Members.Count
            && context.Now - attempt.StartedAt <= context.Settings.HolderPatience / 2)
        {
            return null;
        }

        admissions.Postpone();
        return remaining;
    }

    public bool IsEnough(ViewAttempt attempt, HashSet<Member> voters) => IsDividing(attempt)
        ? context.Views.Current.Members.All(member => attempt.Silent.Contains(member.Member)
            || voters.Contains(member.Member))
        : Quorum.HasDecided(context.Views.Current, voters.Contains, context.Peers, context.Now);

    /// <summary>
    /// What a founder knows to be lost, as it was of the cluster before, nobody else knows; and nobody serves yet who
    /// would have to wait. So all promise who are heard.
    /// </summary>
    public bool IsFounderAwaited(ViewAttempt attempt) =>
        context.Views.Current.Number == 0 && !IsDividing(attempt) && context.Peers.All.Any(
            peer => peer is { Link: { } process, HasReported: true, View: 0 }
                && !attempt.Promises.Contains(context.Views.AsMember(process))
                && !context.Peers.IsAway(process, context.Now));

    public bool IsDividing(ViewAttempt attempt) =>
        !ViewNumber.AreRelated(attempt.Number, context.Views.Current.Number);
}
