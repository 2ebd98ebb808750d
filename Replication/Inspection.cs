using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication;

/// <summary>What nobody but a checker asks of a machine: how it stands to the rules of the protocol.</summary>
internal sealed class Inspection(NodeContext context, NodeParts parts)
{
    /// <summary>Whether this member has the map of its view, so that it may lead and tell what is recorded.</summary>
    public bool IsServing => context.Views.IsServing;

    /// <summary>Whether it has promised the next view, and records nothing more in this one.</summary>
    public bool IsSealed => context.Views.IsSealed;

    /// <summary>Whom it has promised to exclude for silence.</summary>
    public IReadOnlyList<Member> PromisedSilent => context.Views.PromisedSilent;

    /// <summary>Who gets no lease from it.</summary>
    public IReadOnlyList<Member> WithoutLease => context.Views.WithoutLease;

    /// <summary>Whether it hears a process, and so must not agree to exclude it.</summary>
    public bool Hears(Member member) =>
        !context.Peers.IsGone(member) && !context.Peers.IsUnheard(member.Node, context.Now);

    /// <summary>
    /// Whether a member need not be waited for: it is gone, or one of the two does not hear the other.
    /// </summary>
    public bool MayDoWithout(Member member) =>
        context.Peers.IsGone(member) || context.Peers.IsAway(member, context.Now);

    /// <summary>Whether it would answer a request for the session at this time, as its primary.</summary>
    public bool Serves(SessionId session, Instant now) => !context.HasLeft
        && context.Map.CopyOf(session) is { IsPrimary: true, IsEffective: true } copy
        && copy.Work?.GivenAway is null
        && parts.Heartbeats.HasPermission(now);

    /// <summary>The change of the session's holders that is under way here.</summary>
    public HolderChange? ChangeOf(SessionId session) => context.Map.CopyOf(session)?.Work?.Change;
}
