using System.Text.Json.Serialization;
using SessionCluster.Balancer.Configuration;

namespace SessionCluster.Balancer.Pages;

/// <summary>The page <c>/_cluster/sessions</c>: session by node, as each node itself reports its copies.</summary>
internal sealed record SessionTable(IReadOnlyList<SessionRow> Sessions)
{
    /// <summary>The session that was used last; null where there is none.</summary>
    [JsonIgnore]
    public SessionRow? Latest { get; init; }

    /// <summary>How many sessions there are beyond those listed.</summary>
    [JsonIgnore]
    public int Unlisted { get; init; }

    /// <summary>Joins the nodes' reports; the session used last first, then by id.</summary>
    public static SessionTable Of(IReadOnlyDictionary<string, IReadOnlyList<NodeSession>> reports, int limit)
    {
        var joined = new Dictionary<string, SessionRow>(StringComparer.Ordinal);
        foreach (string node in reports.Keys.Order(NaturalOrder.Instance))
        {
            foreach (NodeSession copy in reports[node])
            {
                joined[copy.Id] = Join(joined.GetValueOrDefault(copy.Id), node, copy);
            }
        }

        SessionRow[] all = [.. joined.Values
            .OrderBy(row => row.IdleSeconds)
            .ThenBy(row => row.Id, StringComparer.Ordinal)];
        return new SessionTable(all.Length > limit ? all[..limit] : all)
        {
            Latest = all.MinBy(row => row.IdleSeconds),
            Unlisted = Math.Max(0, all.Length - limit),
        };
    }

    private static SessionRow Join(SessionRow? row, string node, NodeSession copy)
    {
        if (row is null)
        {
            row = new SessionRow(copy.Id, copy.Bytes, copy.Version, []);
            row.IdleSeconds = copy.IdleSeconds;
        }
        else if (copy.Role == "primary")
        {
            // The primary knows; a backup learns of uses later, and in batches.
            row = row with { Bytes = copy.Bytes, Version = copy.Version };
            row.IdleSeconds = copy.IdleSeconds;
        }

        row.Copies[node] = copy.Role;
        return row;
    }
}

/// <summary>A session and its copies.</summary>
/// <param name="Id">The name under which the nodes show it.</param>
/// <param name="Bytes">What its values take.</param>
/// <param name="Version">Epoch and sequence, as the primary states them.</param>
/// <param name="Copies">Node to role, in natural order of the nodes.</param>
internal sealed record SessionRow(string Id, long Bytes, string Version, Dictionary<string, string> Copies)
{
    /// <summary>How long it has not been used.</summary>
    [JsonIgnore]
    public double IdleSeconds { get; set; }
}
