using SessionCluster.Benchmarks.Cluster;

namespace SessionCluster.Tests.Faults.Members;

/// <summary>Members on this machine's own address, none of them started yet.</summary>
/// <param name="nodes">All nodes that there may be.</param>
internal sealed class LoopbackCluster(params string[] nodes)
    : MemberCluster(nodes.Append(Balancer).ToDictionary(member => member, _ => NewPlace()))
{
    private static Place NewPlace() => new(null, "127.0.0.1", FreePorts.Next(), FreePorts.Next());
}
