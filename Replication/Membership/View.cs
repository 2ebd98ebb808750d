using SessionCluster.Replication.Membership;

namespace SessionCluster.Replication;

/// <summary>
/// The processes that vote, as agreed by a quorum of the view before. Views are numbered; nobody acts in two of the
/// same number.
/// </summary>
/// <param name="Number">
/// 0 is the configured universe, in which every fresh process starts; agreed views count from 1. Those that a group
/// without a quorum has agreed on (<see cref="PartitionPolicy.Available"/>) have numbers of a range of their own.
/// </param>
/// <param name="Members">
/// The members, in their order. A member of view 0 has incarnation 0, as nobody knows it yet.
/// </param>
/// <param name="Absent">Members of earlier views that fell silent: they may live, and may hold sessions.</param>
public sealed record View(long Number, IReadOnlyList<ViewMember> Members, IReadOnlyList<Member> Absent)
{
    /// <summary>Who votes, in their order.</summary>
    public IReadOnlyList<ViewMember> Members { get; } = Members as ViewMember[] ?? Members.ToArray();

    /// <summary>The members, for those who look at them in every step.</summary>
    internal ReadOnlySpan<ViewMember> Span => (ViewMember[])Members;

    /// <summary>Whether a process is a member.</summary>
    public bool Contains(Member member)
    {
        foreach (ref readonly ViewMember known in Span)
        {
            if (known.Member == member)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a process fell silent and may return with what it holds.</summary>
    public bool IsAbsent(Member member) => Absent.Contains(member);

    /// <summary>The member of that name, or nobody.</summary>
    public ViewMember? Find(NodeId node)
    {
        foreach (ref readonly ViewMember member in Span)
        {
            if (member.Member.Node == node)
            {
                return member;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"view {ViewNumber.Describe(Number)} [{string.Join(' ', Members.Select(static member => member.Member.Node.Name))}]";
}

/// <summary>A member of a view.</summary>
/// <param name="Member">The process.</param>
/// <param name="Role">What it does: a voter votes and keeps locations, a node holds sessions as well.</param>
public readonly record struct ViewMember(Member Member, MemberRole Role);

/// <summary>What a member does in the cluster.</summary>
public enum MemberRole
{
    /// <summary>Votes, keeps locations and holds sessions.</summary>
    Node,

    /// <summary>Votes and keeps locations, and holds no session; for example a balancer.</summary>
    Voter,
}
