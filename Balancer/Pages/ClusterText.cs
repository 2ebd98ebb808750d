using System.Globalization;
using System.Text;

namespace SessionCluster.Balancer.Pages;

/// <summary>The pages for a terminal: aligned columns, nothing that a terminal would interpret.</summary>
internal static class ClusterText
{
    private static readonly string[] NodeColumns =
        ["node", "state", "address", "process", "requests", "primary", "backup"];

    /// <summary>The page <c>/_cluster</c>.</summary>
    public static string Nodes(ClusterState state)
    {
        var table = new List<string[]> { NodeColumns };
        table.AddRange(state.Nodes.Select(node => new[]
        {
            node.Name,
            node.State,
            node.Address,
            node.ProcessId is { } process ? Number(process) : "-",
            Number(node.Requests),
            node.IsUnheard ? "-" : Number(node.Sessions.Primary),
            node.IsUnheard ? "-" : Number(node.Sessions.Backup),
        }));
        int up = state.Nodes.Count(node => node.IsUp);
        string remarks = string.Concat(state.Remarks.Select(remark => $", {Clean(remark)}"));
        return $"mode {Clean(state.Mode)}, {up} of {state.Nodes.Count} nodes up{remarks}\n\n"
            + Align(table, firstNumber: 3);
    }

    /// <summary>The page <c>/_cluster/sessions</c>. P is a primary, B a backup; the arrow marks the latest.</summary>
    public static string Sessions(ClusterState state, SessionTable table)
    {
        IEnumerable<string> names = state.Nodes.Select(node => node.Name);
        var lines = new List<string[]> { Row("", "session", names, "bytes", "version") };
        foreach (SessionRow row in table.Sessions)
        {
            string mark = row.Id == table.Latest?.Id ? ">" : "";
            IEnumerable<string> cells = names.Select(name => Letter(row.Copies.GetValueOrDefault(name)));
            lines.Add(Row(mark, row.Id, cells, Number(row.Bytes), row.Version));
        }

        IEnumerable<string> sums = state.Nodes.Select(node =>
            node.IsUnheard ? node.State : Number(node.Sessions.Primary + node.Sessions.Backup));
        lines.Add(Row("", "entries", sums, "", ""));
        string elsewhere = state.IsShared ? "the sessions are in the store\n" : "";
        return Align(lines, firstNumber: int.MaxValue) + elsewhere + More(table);
    }

    /// <summary>The letter for a role: P, B, or a dot for no copy.</summary>
    public static string Letter(string? role) => role switch
    {
        "primary" => "P",
        "backup" => "B",
        null => ".",
        _ => "?",
    };

    private static string More(SessionTable table) =>
        table.Unlisted == 0
            ? ""
            : $"and {Number(table.Unlisted)} sessions that were used less recently (?limit= shows more)\n";

    private static string[] Row(string mark, string id, IEnumerable<string> cells, string bytes, string version) =>
        [mark, id, .. cells, bytes, version];

    private static string Align(List<string[]> rows, int firstNumber)
    {
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        var text = new StringBuilder();
        foreach (string[] row in rows)
        {
            IEnumerable<string> cells = row.Select((cell, column) => column >= firstNumber
                ? Clean(cell).PadLeft(widths[column])
                : Clean(cell).PadRight(widths[column]));
            text.Append(string.Join("  ", cells).TrimEnd()).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Control characters out: what a node reports must not drive the reader's terminal.</summary>
    private static string Clean(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter)) : text;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
