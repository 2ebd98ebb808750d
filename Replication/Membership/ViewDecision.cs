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

    /// <summary>
    /// Newcomers are let in with the promises of all who are heard; without those, only who has waited for them for
    /// long.
    /// </summary>
    private View? NextView(ViewAttempt attempt)
    {
        View current = context.Views.Current;
        List<ViewMember> wishes = admissions.Wishes();
        if (current.Number == 0 || wishes.Count == 0 || admissions.HaveAllPromised(attempt.Promises.Contains))
        {
            return planner.NextView(attempt.Silent, wishes);
        }

        // Who is dead or silent does not stay a member for their sake.
        List<ViewMember> admitted = admissions.LongWishes();
        View next = planner.NextView(attempt.Silent, admitted);
        bool isForThemOnly = next.Members.Count == current.Members.Count + admitted.Count;
        if (isForThemOnly && context.Now - attempt.StartedAt <= context.Settings.HolderPatience / 2)
        {
            return null;
        }

        if (admitted.Count < wishes.Count)
        {
            admissions.Postpone();
        }

        return next;
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
