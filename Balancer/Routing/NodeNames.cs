using System.Collections.Frozen;
using SessionCluster.Balancer.Configuration;
using SessionCluster.Replication;

namespace SessionCluster.Balancer.Routing;

/// <summary>The configured names: the only ones that a cookie or a header can name.</summary>
internal sealed class NodeNames
{
    /// <summary>Two names and the dot between them.</summary>
    public const int MaximumRouteLength = (2 * NodeId.MaximumLength) + 1;

    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _names;

    public NodeNames(BalancerOptions options) =>
        _names = options.Nodes.Select(node => node.Name).ToFrozenSet(StringComparer.Ordinal)
            .GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The configured name that equals <paramref name="name"/>, or null.</summary>
    public string? Find(ReadOnlySpan<char> name) => _names.TryGetValue(name, out string? known) ? known : null;
}
