namespace SessionCluster.Tests.EndToEnd;

/// <summary>What the balancer's page says of one node.</summary>
internal sealed record NodeRow(
    string Name, Uri Address, string State, int? ProcessId, long Requests, SessionCount Sessions)
{
    public bool IsUp => State.Equals("up", StringComparison.OrdinalIgnoreCase);
}

internal sealed record SessionCount(int Primary, int Backup);

internal sealed record NodesPage(string Mode, IReadOnlyList<NodeRow> Nodes)
{
    public NodeRow this[string name] => Nodes.Single(node => node.Name == name);

    public override string ToString() =>
        string.Join("; ", Nodes.Select(node => $"{node.Name} {node.State} {node.Sessions}"));
}

/// <summary>What the nodes themselves say of one session's copies.</summary>
internal sealed record SessionRow(string Id, IReadOnlyDictionary<string, string> Copies)
{
    /// <summary>
    /// The one that leads it; nothing where none does, or two say so: nodes are asked at two moments, and a session that
    /// is just given away may be shown by both.
    /// </summary>
    public string? Primary => Primaries.Take(2).ToArray() is [var only] ? only : null;

    public IEnumerable<string> Primaries => Copies.Where(copy => copy.Value == "primary").Select(copy => copy.Key);

    public IEnumerable<string> Backups => Copies.Where(copy => copy.Value == "backup").Select(copy => copy.Key);

    public override string ToString() =>
        $"{Id}: {string.Join(", ", Copies.Select(copy => $"{copy.Key} {copy.Value}"))}";
}

internal sealed record SessionsPage(IReadOnlyList<SessionRow> Sessions)
{
    /// <summary>The rows of these sessions only: a cluster serves more than one test.</summary>
    public SessionsPage Of(IEnumerable<string> ids) => new([.. ids.Select(Find).OfType<SessionRow>()]);

    public int Entries => Sessions.Sum(session => session.Copies.Count);

    public SessionRow? Find(string id) => Sessions.SingleOrDefault(session => session.Id == id);

    public override string ToString() => string.Join("; ", Sessions);
}

/// <summary>Reads the two pages on which the balancer shows the cluster.</summary>
internal sealed class ClusterTable(Browser browser)
{
    public Task<NodesPage> NodesAsync() => browser.ReadAsync<NodesPage>(new Uri("/_cluster", UriKind.Relative));

    public Task<SessionsPage> SessionsAsync() =>
        browser.ReadAsync<SessionsPage>(new Uri("/_cluster/sessions", UriKind.Relative));

    /// <summary>
    /// Waits until each of these sessions has one primary and this many backups, all on nodes that are up.
    /// </summary>
    public async Task<SessionsPage> ProtectedAsync(IReadOnlyCollection<string> ids, int backups, params string[] dead)
    {
        var seen = await Eventually.SeeAsync(
            $"{ids.Count} sessions with a primary and {backups} backups each",
            Patience.Protection,
            async () => (await SessionsAsync()).Of(ids),
            page => page.Sessions.Count == ids.Count && page.Sessions.All(IsProtected));
        return seen;

        bool IsProtected(SessionRow session) => session.Primary is not null
            && session.Backups.Count() == backups
            && session.Copies.Count == backups + 1
            && !session.Copies.Keys.Intersect(dead).Any();
    }
}
