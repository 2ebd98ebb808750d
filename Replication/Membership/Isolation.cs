using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Membership;

/// <summary>
/// Which node is cut off from all other nodes of its view, while a voter hears it and them. Of four members it is half
/// with the voter, so nobody calls it silent, and it could go on: as the only holder of what it serves, until a
/// newcomer is let in beside whom the voter is not enough. The others hold one another's sessions, and go on without it.
/// </summary>
internal sealed class Isolation(NodeContext context)
{
    private (Member Node, long View, Instant LookedAt, bool IsOnly) _latest;

    /// <summary>
    /// Whether the others go on without a node. What it alone has nobody else could serve; so it stays where there is
    /// such a session, and serves what it can.
    /// </summary>
    /// <param name="node">A member of the view, or who asks to be.</param>
    /// <param name="view">The view.</param>
    public bool IsToBeLeft(Member node, View view) => IsCutOff(node, view) && !IsOnlyHolder(node, view);

    /// <summary>Whether this node is the one.</summary>
    public bool AmIToBeLeft => context.Settings.Replicates && IsToBeLeft(context.Self, context.Views.Current);

    private bool IsCutOff(Member node, View view)
    {
        bool isKeptBeside = false;
        foreach (ref readonly ViewMember one in view.Span)
        {
            if (one.Member == node ? one.Role != MemberRole.Node
                : one.Role == MemberRole.Node && IsInTouch(node, one.Member))
            {
                return false;
            }

            isKeptBeside = isKeptBeside || (one.Member != node && HasCompany(one, node, view));
        }

        return isKeptBeside;
    }

    /// <summary>Whether a node and another one hear each other, and a voter hears both.</summary>
    private bool HasCompany(in ViewMember one, Member without, View view)
    {
        foreach (ref readonly ViewMember other in view.Span)
        {
            if (one.Role == MemberRole.Node && other.Role == MemberRole.Node
                && other.Member != one.Member && other.Member != without && IsInTouch(one.Member, other.Member)
                && IsHeardByVoter(one.Member, other.Member, view))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsHeardByVoter(Member one, Member other, View view)
    {
        foreach (ref readonly ViewMember voter in view.Span)
        {
            if (voter.Role == MemberRole.Voter
                && IsInTouch(voter.Member, one) && IsInTouch(voter.Member, other))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Whether both live, and neither says that it does not hear the other. What a peer has said is forgotten with its
    /// connection; so this node is in touch with nobody to whom it has none.
    /// </summary>
    private bool IsInTouch(Member one, Member other) => !context.Peers.IsGone(one) && !context.Peers.IsGone(other)
        && MayHear(one, other) && MayHear(other, one);

    private bool MayHear(Member one, Member other) => context.Peers.Hears(one, other.Node, context.Now) != false
        && (one != context.Self || context.Peers.IsLinked(other));

    /// <summary>
    /// Whether it has a session that no other member of the view holds. The map may be long, so what was found holds
    /// for a while.
    /// </summary>
    private bool IsOnlyHolder(Member node, View view)
    {
        if (_latest.Node != node || _latest.View != view.Number
            || context.Now - _latest.LookedAt >= context.Settings.SuspectAfter / 2)
        {
            _latest = (node, view.Number, context.Now, IsAnyHeldOnlyBy(node, view));
        }

        return _latest.IsOnly;
    }

    private bool IsAnyHeldOnlyBy(Member node, View view)
    {
        foreach ((_, Location location) in context.Map.All())
        {
            if (location.Placement is { IsAlive: true } placement && placement.Contains(node)
                && placement.Holders.All(
                    holder => holder == node || !view.Contains(holder) || context.Peers.IsGone(holder)))
            {
                return true;
            }
        }

        return false;
    }
}
