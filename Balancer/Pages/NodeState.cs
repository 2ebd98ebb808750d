using System.Globalization;
using System.Text.Json.Serialization;

namespace SessionCluster.Balancer.Pages;

/// <summary>
/// A row of <c>/_cluster</c>. Of a node that says nothing, process, requests and what gave way are the last known.
/// </summary>
internal sealed record NodeState(
    string Name,
    string Address,
    string State,
    int? ProcessId,
    long Requests,
    CopyCount Sessions,
    bool Divided,
    long Overwritten,
    [property: JsonIgnore] string? Mode,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Store)
{
    /// <summary>Nothing listens there.</summary>
    public const string Down = "down";

    /// <summary>It is there, and says nothing any more.</summary>
    public const string Silent = "silent";

    /// <summary>It is there, and has not said anything so far.</summary>
    public const string NotHeardYet = "not heard yet";

    /// <summary>Whether the node takes requests.</summary>
    [JsonIgnore]
    public bool IsUp => State == "up";

    /// <summary>Whether nothing listens there.</summary>
    [JsonIgnore]
    public bool IsDown => State == Down;

    /// <summary>Whether it is not known what the node holds.</summary>
    [JsonIgnore]
    public bool IsUnheard => State is Down or Silent or NotHeardYet;
}

/// <summary>The page <c>/_cluster</c>.</summary>
internal sealed record ClusterState(string Mode, IReadOnlyList<NodeState> Nodes)
{
    /// <summary>Whether no node holds sessions, as they are in a store that all nodes share.</summary>
    [JsonIgnore]
    public bool IsShared => Mode == "shared";

    /// <summary>
    /// What the nodes say of the store that they share; nothing, where they share none, or say nothing.
    /// </summary>
    [JsonIgnore]
    public string? Store
    {
        get
        {
            IGrouping<string, string>[] words =
                [.. Nodes.Where(node => node.Store is not null).GroupBy(node => node.Store!, node => node.Name)];
            return words.Length switch
            {
                0 => null,
                1 => $"the store {words[0].Key}",
                _ => "the store "
                    + string.Join("; ", words.Select(word => $"{word.Key}, says {string.Join(' ', word)}")),
            };
        }
    }

    /// <summary>What is to be said of the cluster beside its nodes; nothing, where there is nothing to say.</summary>
    [JsonIgnore]
    public IEnumerable<string> Remarks => new[] { Store, Sides }.OfType<string>();

    /// <summary>
    /// With the policy Available: what nodes say of sides that serve on their own; nothing, where there is nothing to
    /// say.
    /// </summary>
    [JsonIgnore]
    public string? Sides
    {
        get
        {
            string[] divided = [.. Nodes.Where(node => node.Divided).Select(node => node.Name)];
            long overwritten = Nodes.Sum(node => node.Overwritten);
            string sides = divided.Length == 0
                ? ""
                : $"divided: {string.Join(' ', divided)} may not hear all that serve";
            string gaveWay = overwritten == 0
                ? "" : string.Create(CultureInfo.InvariantCulture, $"{overwritten} values gave way when sides met");
            return sides.Length + gaveWay.Length == 0
                ? null : string.Join("; ", new[] { sides, gaveWay }.Where(part => part.Length > 0));
        }
    }

    /// <summary>Puts the page together. The mode is what the nodes say; nobody's word, nobody's mode.</summary>
    public static ClusterState Of(IReadOnlyList<NodeState> nodes) =>
        new(nodes.Select(node => node.Mode).FirstOrDefault(mode => mode is not null) ?? "unknown", nodes);
}
