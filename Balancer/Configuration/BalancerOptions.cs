using SessionCluster.Balancer.Failover;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Balancer.Configuration;

/// <summary>
/// Everything that an operator may set. Read once at the start; a change takes a restart, which costs little: all that
/// the balancer knows about a client is in the client's cookies.
/// </summary>
internal sealed record BalancerOptions
{
    /// <summary>The nodes, in natural order of their names.</summary>
    /// <value><c>Balancer:Nodes:{name}</c> = <c>http://host:port</c>; 1 to 16 of them.</value>
    public required IReadOnlyList<NodeAddress> Nodes { get; init; }

    /// <summary>
    /// Where requests are forwarded by HTTP/2, by the nodes' names: many requests share a connection, and what is sent
    /// at the same time shares its packets. Questions of the balancer's own go to <see cref="Nodes"/>.
    /// </summary>
    /// <value><c>Balancer:Http2:{name}</c> = <c>http://host:port</c>, of every node; empty, the default, where requests
    /// are forwarded by HTTP/1.1.</value>
    public required IReadOnlyDictionary<string, string> Http2 { get; init; }

    /// <summary>How often every node's <c>/health</c> is asked.</summary>
    /// <value>Default 1 s. From 100 ms to 1 min.</value>
    public required TimeSpan ProbeInterval { get; init; }

    /// <summary>How long a probe waits for its answer.</summary>
    /// <value>Default 1 s. From 50 ms to 1 min.</value>
    public required TimeSpan ProbeTimeout { get; init; }

    /// <summary>How many probes in a row must go unanswered before a node is left.</summary>
    /// <value>Default 2. From 1 to 100.</value>
    public required int ProbeFailures { get; init; }

    /// <summary>How long a connection to a node may take to be made.</summary>
    /// <value>Default 1 s. From 50 ms to 30 s.</value>
    public required TimeSpan ConnectTimeout { get; init; }

    /// <summary>How long a forwarded exchange may stand still; then it ends, with 504 where no response has begun. This
    /// alone bounds how long a node that lives may take to answer. Server-sent events and WebSockets must say something
    /// (a comment, a ping) more often than this.</summary>
    /// <value>Default 100 s. From 1 s to 1 day.</value>
    public required TimeSpan ActivityTimeout { get; init; }

    /// <summary>
    /// When the balancer is told to stop, how long from its connection on a client may take to send its first request,
    /// and how long at most connections are still taken from the queue. What has begun is finished anyway, and
    /// connections that rest end at once.
    /// </summary>
    /// <value>Default 1 s. From 0 to 1 min; keep it below the time that the process has to end.</value>
    public required TimeSpan FirstRequestTimeout { get; init; }

    /// <summary>
    /// How long the pages wait for a node's report before they show it as silent; four times as long for its first.
    /// </summary>
    /// <value>Default 500 ms. From 50 ms to 10 s.</value>
    public required TimeSpan ReportTimeout { get; init; }

    /// <summary>The longest request body that is accepted. Nodes may accept less.</summary>
    /// <value>Default 100 MiB. From 1 KiB to 1 TiB.</value>
    public required long MaximumRequestBodyBytes { get; init; }

    /// <summary>How many clients may be connected at once; more are refused.</summary>
    /// <value>Default 20,000. From 1 to 1,000,000.</value>
    public required int MaximumConnections { get; init; }

    /// <summary>How failures are kept from clients.</summary>
    public required FailoverOptions Failover { get; init; }

    /// <summary>What an operator must present to change the cluster.</summary>
    /// <value><c>Operator:Key</c>, 16 characters or more; null where nobody may change anything.</value>
    public required string? OperatorKey { get; init; }

    /// <summary>
    /// What the nodes know and nobody else does. By it they believe a request's key, and find what an earlier try of
    /// the request has begun. A balancer that is a member needs it anyway; one that is none may have it for this alone.
    /// </summary>
    /// <value><c>Replication:Secret</c>, 16 characters or more; null where keys are not sealed.</value>
    public required string? ClusterSecret { get; init; }

    /// <summary>The name of the nodes' cluster.</summary>
    /// <value><c>Replication:ClusterName</c>, default <c>session-cluster</c>.</value>
    public required string ClusterName { get; init; }

    /// <summary>Reads and checks all settings.</summary>
    /// <exception cref="BalancerOptionsException">Settings are wrong; the message names them all.</exception>
    public static BalancerOptions Read(IConfiguration configuration)
    {
        var read = new SettingsReader(configuration);
        IReadOnlyList<NodeAddress> nodes = read.Nodes("Balancer:Nodes", maximum: 16);
        var options = new BalancerOptions
        {
            Nodes = nodes,
            Http2 = read.Http2("Balancer:Http2", nodes),
            ProbeInterval = read.Duration("Balancer:ProbeInterval", 1000, 100, 60_000),
            ProbeTimeout = read.Duration("Balancer:ProbeTimeout", 1000, 50, 60_000),
            ProbeFailures = (int)read.Integer("Balancer:ProbeFailures", 2, 1, 100),
            ConnectTimeout = read.Duration("Balancer:ConnectTimeout", 1000, 50, 30_000),
            ActivityTimeout = read.Duration("Balancer:ActivityTimeout", 100_000, 1000, 86_400_000),
            FirstRequestTimeout = read.Duration("Balancer:FirstRequestTimeout", 1000, 0, 60_000),
            ReportTimeout = read.Duration("Balancer:ReportTimeout", 500, 50, 10_000),
            MaximumRequestBodyBytes =
                read.Integer("Balancer:MaximumRequestBodyBytes", 100L << 20, 1 << 10, 1L << 40),
            MaximumConnections = (int)read.Integer("Balancer:MaximumConnections", 20_000, 1, 1_000_000),
            Failover = FailoverOptions.Read(read),
            OperatorKey = read.Secret("Operator:Key", minimumLength: 16),
            ClusterSecret = read.Secret("Replication:Secret", minimumLength: 16),
            ClusterName = configuration["Replication:ClusterName"] ?? new ReplicationOptions().ClusterName,
        };
        read.RefuseOthers();
        read.ThrowIfAnythingIsWrong();
        return options;
    }
}
