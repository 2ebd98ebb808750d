using System.Text.Json.Serialization;

namespace SessionCluster.Balancer.Pages;

/// <summary>A row of <c>/_cluster</c>. Of a node that says nothing, process and requests are the last known.</summary>
internal sealed record NodeState(
    string Name,
    string Address,
    string State,
    int? ProcessId,
    long Requests,
    CopyCount Sessions,
    [property: JsonIgnore] string? Mode)
{
    /// <summary>Whether the node takes requests.</summary>
    [JsonIgnore]
    public bool IsUp => State == "up";

    /// <summary>Whether nothing listens there.</summary>
    [JsonIgnore]
    public bool IsDown => State == "down";

    /// <summary>Whether it is not known what the node holds.</summary>
    [JsonIgnore]
    public bool IsUnheard => State is "down" or "silent";
}

/// <summary>The page <c>/_cluster</c>.</summary>
internal sealed record ClusterState(string Mode, IReadOnlyList<NodeState> Nodes)
{
    /// <summary>Puts the page together. The mode is what the nodes say; nobody's word, nobody's mode.</summary>
    public static ClusterState Of(IReadOnlyList<NodeState> nodes) =>
        new(nodes.Select(node => node.Mode).FirstOrDefault(mode => mode is not null) ?? "unknown", nodes);
}
