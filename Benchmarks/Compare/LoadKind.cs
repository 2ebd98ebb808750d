using SessionCluster.Benchmarks.Load;

namespace SessionCluster.Benchmarks.Compare;

/// <summary>One kind of request, and what a session needs before the first of them.</summary>
/// <param name="Name">As the report calls it.</param>
/// <param name="Setup">The requests (all POST) that make the session what it is.</param>
/// <param name="Request">The request that is measured.</param>
/// <param name="ChangedBytes">How many bytes of the session each request changes.</param>
internal sealed record LoadKind(string Name, string[] Setup, RequestTemplate Request, int ChangedBytes)
{
    private const string OneKilobyte = "/probe/values/v?bytes=1024";
    private const string HundredBytes = "/probe/values/v?bytes=100";
    private const string TheRest = "/probe/values/rest?bytes=10140";

    public static LoadKind Write1K { get; } =
        new("1 KiB changed", [OneKilobyte], new RequestTemplate("POST", OneKilobyte), 1024);

    /// <summary>As a form or an API is posted: the application reads the body.</summary>
    public static LoadKind Write1KWithBody { get; } =
        new("1 KiB changed, a body of 1 KiB", [OneKilobyte], new RequestTemplate("POST", OneKilobyte, 1024), 1024);

    public static LoadKind Read { get; } =
        new("read", [OneKilobyte], new RequestTemplate("GET", "/probe/values/v"), 0);

    public static LoadKind Change { get; } = new(
        "100 B of 10 KiB changed", [TheRest, HundredBytes], new RequestTemplate("POST", HundredBytes), 100);

    /// <summary>Each request begins a session of its own, as it has no cookie.</summary>
    public static LoadKind Create { get; } = new("session created", [], new RequestTemplate("POST", OneKilobyte), 1024);

    /// <summary>A write in a cluster of another make.</summary>
    public static LoadKind Write1KAt(string path) => new(Write1K.Name, [path], new RequestTemplate("POST", path), 1024);

    public static IReadOnlyList<LoadKind> All { get; } = [Write1K, Change, Read];

    /// <summary>
    /// Opens connections, spread evenly over the ports, each with a session that is set up.
    /// </summary>
    public OpenConnections Open(IReadOnlyList<int> ports, int count)
    {
        var connections = new OpenConnections();
        try
        {
            for (int index = 0; index < count; index++)
            {
                LoadConnection connection = connections.Open(ports[index % ports.Count]);
                foreach (string path in Setup)
                {
                    connection.Exchange("POST", path);
                }

                connection.Use(Request);
            }

            return connections;
        }
        catch
        {
            connections.Dispose();
            throw;
        }
    }
}
