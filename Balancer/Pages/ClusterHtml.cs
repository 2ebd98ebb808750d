using System.Globalization;
using System.Net;
using System.Text;

namespace SessionCluster.Balancer.Pages;

/// <summary>The pages for a browser. Everything that comes from a node is encoded; there is no script.</summary>
internal static class ClusterHtml
{
    /// <summary>The page <c>/_cluster</c>.</summary>
    public static string Nodes(ClusterState state)
    {
        var rows = new StringBuilder();
        foreach (NodeState node in state.Nodes)
        {
            string process = node.ProcessId?.ToString(CultureInfo.InvariantCulture) ?? "–";
            string primary = node.IsUnheard ? "–" : Number(node.Sessions.Primary);
            string backup = node.IsUnheard ? "–" : Number(node.Sessions.Backup);
            rows.Append(CultureInfo.InvariantCulture, $"""
                <tr class="{Colour(node)}"><th scope="row">{Encode(node.Name)}</th>
                <td><span class="state">{Encode(node.State)}</span></td>
                <td><code>{Encode(node.Address)}</code></td><td class="number">{process}</td>
                <td class="number">{Number(node.Requests)}</td>
                <td class="number">{primary}</td><td class="number">{backup}</td></tr>

                """);
        }

        return HtmlPage.Render("Nodes", "/_cluster", Summary(state), $"""
            <table>
            <thead><tr><th>Node</th><th>State</th><th>Address</th><th class="number">Process</th>
            <th class="number">Requests</th><th class="number">Primary</th><th class="number">Backup</th></tr></thead>
            <tbody>
            {rows}</tbody></table>
            """);
    }

    /// <summary>The page <c>/_cluster/sessions</c>.</summary>
    public static string Sessions(ClusterState state, SessionTable table) => HtmlPage.Render(
        "Sessions", "/_cluster/sessions", Summary(state),
        state.IsShared ? "<p>The sessions are in the store.</p>" : SessionsOfNodes(state, table));

    private static string SessionsOfNodes(ClusterState state, SessionTable table)
    {
        var head = new StringBuilder();
        var foot = new StringBuilder();
        foreach (NodeState node in state.Nodes)
        {
            string entries = node.IsUnheard ? Encode(node.State) : Number(node.Sessions.Primary + node.Sessions.Backup);
            head.Append(CultureInfo.InvariantCulture, $"""<th class="copy {Colour(node)}">{Encode(node.Name)}</th>""");
            foot.Append(CultureInfo.InvariantCulture, $"""<td class="copy {Colour(node)}">{entries}</td>""");
        }

        var rows = new StringBuilder();
        foreach (SessionRow row in table.Sessions)
        {
            AppendRow(rows, row, state, isLatest: row.Id == table.Latest?.Id);
        }

        string more = table.Unlisted == 0
            ? ""
            : $"<p>… and {Number(table.Unlisted)} sessions that were used less recently (<code>?limit=</code>).</p>";
        string empty = table.Sessions.Count == 0 ? "<p>No node holds a session.</p>" : "";
        return $"""
            <table class="sessions">
            <thead><tr><th>Session</th>{head}
            <th class="number">Bytes</th><th class="number">Version</th></tr></thead>
            <tbody>
            {rows}</tbody>
            <tfoot><tr><th scope="row">Entries</th>{foot}<td></td><td></td></tr></tfoot>
            </table>{empty}{more}
            <p class="legend"><b class="primary">P</b> primary <b class="backup">B</b> backup
            <span class="latest">latest session</span></p>
            """;
    }

    private static void AppendRow(StringBuilder rows, SessionRow row, ClusterState state, bool isLatest)
    {
        rows.Append(isLatest ? "<tr class=\"latest\">" : "<tr>");
        rows.Append(CultureInfo.InvariantCulture, $"""<th scope="row"><code>{Encode(row.Id)}</code></th>""");
        foreach (NodeState node in state.Nodes)
        {
            string? role = row.Copies.GetValueOrDefault(node.Name);
            rows.Append(role is null
                ? "<td class=\"copy\"></td>"
                : $"""<td class="copy"><b class="{Encode(role)}">{ClusterText.Letter(role)}</b></td>""");
        }

        rows.Append(CultureInfo.InvariantCulture, $"""
            <td class="number">{Number(row.Bytes)}</td><td class="number">{Encode(row.Version)}</td></tr>

            """);
    }

    private static string Summary(ClusterState state)
    {
        int up = state.Nodes.Count(node => node.IsUp);
        string colour = up == state.Nodes.Count ? "up" : up == 0 ? "down" : "other";
        string remarks = string.Concat(state.Remarks.Select(remark => $"<span>{Encode(remark)}</span>"));
        return $"""
            <span>mode <b>{Encode(state.Mode)}</b></span>
            <span class="{colour}"><span class="state">{up} of {state.Nodes.Count} nodes up</span></span>
            {remarks}
            """;
    }

    private static string Colour(NodeState node) => node.IsUp ? "up" : node.IsDown ? "down" : "other";

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
