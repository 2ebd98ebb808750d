using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Balancer.Health;

/// <summary>The balancer's own membership, in the words of <see cref="IClusterView"/>.</summary>
internal sealed class MembershipView : IClusterView
{
    public MembershipView(ClusterMembership membership) => membership.Changed += Tell;

    /// <inheritdoc/>
    public event Action<IReadOnlyDictionary<string, MemberStanding>>? Changed;

    private void Tell(IReadOnlyDictionary<string, ClusterMemberState> members) =>
        Changed?.Invoke(members.ToDictionary(
            static member => member.Key,
            static member => member.Value switch
            {
                ClusterMemberState.Leaving => MemberStanding.Leaving,
                ClusterMemberState.Dead => MemberStanding.Dead,
                _ => MemberStanding.Serving,
            },
            StringComparer.Ordinal));
}
