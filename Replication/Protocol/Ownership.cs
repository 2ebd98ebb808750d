using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// Who leads a session in the present view; and, where sides may serve on their own, who begins one that none of its
/// holders is within reach of.
/// </summary>
internal sealed class Ownership(NodeContext context, Reconfigurer reconfigurer, Follower follower, Division division)
{
    /// <summary>
    /// Who leads the session in the present view: its primary, else the first of its holders that is a member. Where
    /// none is, and others are served all the same, the first node of the view, so that all name the same one.
    /// </summary>
    public Member? OwnerOf(Placement? placement)
    {
        foreach (Member holder in placement?.Holders ?? [])
        {
            if (context.Views.Current.Contains(holder))
            {
                return holder;
            }
        }

        return context.Settings.ServesDivided
            ? context.Views.Current.Members.FirstOrDefault(static member => member.Role == MemberRole.Node).Member is
                { Node.Name.Length: > 0 } first ? first : null
            : null;
    }

    /// <summary>Whether no member of the view holds the session, or is about to.</summary>
    public bool IsOutOfReach(in Location location) => location.IsRecorded
        ? !location.Placement!.Holders.Any(context.Views.Current.Contains)
        : location.Copy is null;

    /// <summary>Begins a session that is known and out of reach, where that is this node's to do.</summary>
    public SessionCopy? BeginIfOutOfReach(SessionId session) =>
        context.Settings.ServesDivided
        && !context.Views.IsSealed
        && context.Map.TryGet(session, out Location location)
        && location is { IsRecorded: true, Placement.IsAlive: true }
        && IsOutOfReach(location)
        && OwnerOf(location.Placement) == context.Self
            ? BeginAnew(session, location)
            : null;

    /// <summary>Begins a session with what is here of it, which may be nothing.</summary>
    public SessionCopy BeginAnew(SessionId session, in Location location)
    {
        if (location.Copy is { Work: not null } former)
        {
            // What was under way was so on another side.
            follower.Demote(former);
        }

        context.Report(new SessionBegunAnew(session));
        return reconfigurer.Adopt(
            session,
            location.Copy,
            AsBegunHere(location.Copy?.State ?? SessionState.Empty),
            location.Copy?.Sequence ?? 0,
            location.Counter);
    }

    /// <summary>A state with which this side begins the session, as it cannot reach those who hold it.</summary>
    public SessionState AsBegunHere(SessionState state) =>
        state.WithMarks((state.Marks ?? ChangeMarks.OfNothing).BegunWith(division.BeginHere()));
}
