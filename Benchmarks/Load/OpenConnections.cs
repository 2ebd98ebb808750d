namespace SessionCluster.Benchmarks.Load;

/// <summary>Connections that are closed together.</summary>
internal sealed class OpenConnections : IDisposable
{
    private readonly List<LoadConnection> _connections = [];

    /// <summary>In the order in which they were opened.</summary>
    public IReadOnlyList<LoadConnection> All => _connections;

    /// <summary>Opens one more, to a port of the loopback interface.</summary>
    public LoadConnection Open(int port)
    {
        var connection = new LoadConnection(port);
        _connections.Add(connection);
        return connection;
    }

    public void Dispose() => _connections.ForEach(static connection => connection.Dispose());
}
