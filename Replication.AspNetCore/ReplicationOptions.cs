namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// How a process takes part in the replication of sessions; bound from the configuration section <c>Replication</c> and
/// validated when the host starts. How long a session lives without being used is
/// <see cref="Microsoft.AspNetCore.Builder.SessionOptions.IdleTimeout"/>, as ever.
/// </summary>
public sealed class ReplicationOptions
{
    /// <summary>The configuration section that is bound.</summary>
    public const string SectionName = "Replication";

    /// <summary>The stable name of this node; the same after each restart.</summary>
    /// <value>Required. 1 to 64 letters, digits, hyphens or underscores.</value>
    public string Node { get; set; } = "";

    /// <summary>The name of the cluster: nodes of different clusters refuse each other.</summary>
    /// <value>Default <c>session-cluster</c>. 1 to 64 letters, digits, hyphens or underscores.</value>
    public string ClusterName { get; set; } = "session-cluster";

    /// <summary>Where the copies of a session are.</summary>
    /// <value>Default <see cref="ReplicationMode.Backup"/>.</value>
    public ReplicationMode Mode { get; set; } = ReplicationMode.Backup;

    /// <summary>
    /// How many copies a session has beside its primary's, in mode <see cref="ReplicationMode.Backup"/>.
    /// </summary>
    /// <value>Default 1. From 1 to 15.</value>
    public int Backups { get; set; } = 1;

    /// <summary>
    /// What nodes do that hear too few others: refuse, so that a session has one history, or serve all the same and
    /// merge later, for those who prefer a basket to be wrong over being away. <c>docs/protocol.md</c> says what then
    /// is promised.
    /// </summary>
    /// <value>
    /// Default <see cref="PartitionPolicy.Majority"/>. The same for all members: those of the other policy are refused
    /// like those of another cluster. Without effect in the modes <c>None</c> and <c>Shared</c>.
    /// </value>
    public PartitionPolicy PartitionPolicy { get; set; } = PartitionPolicy.Majority;

    /// <summary>What this process does: hold sessions, or only vote (a balancer).</summary>
    /// <value>Default <see cref="MemberRole.Node"/>.</value>
    public MemberRole Role { get; set; } = MemberRole.Node;

    /// <summary>The names of those <see cref="Peers"/> that only vote.</summary>
    /// <value>Default none. Each must be one of the peers, or this node itself where it only votes.</value>
    public IList<string> Voters { get; } = [];

    /// <summary>
    /// What all members of the cluster know and nobody else does. It authenticates members to each other, and the keys
    /// of session cookies derive from it, so that every node reads every other node's cookies.
    /// </summary>
    /// <value>Required. At least 16 characters; use 32 random ones.</value>
    public string Secret { get; set; } = "";

    /// <summary>The TCP port on which this node listens for its peers.</summary>
    /// <value>Required where there are peers. From 1 to 65535.</value>
    public int Port { get; set; }

    /// <summary>The address on which this node listens for its peers.</summary>
    /// <value>
    /// Default <c>0.0.0.0</c>, every IPv4 address, as containers need it; who does not know the secret is refused.
    /// </value>
    public string ListenAddress { get; set; } = "0.0.0.0";

    /// <summary>The other members: name → address, for example <c>node2</c> → <c>tcp://10.0.0.2:7000</c>.</summary>
    /// <value>Default none. At most 31. The entry of this node itself is allowed, and ignored.</value>
    public IDictionary<string, string> Peers { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>How often every peer is told that this node lives.</summary>
    /// <value>Default 225 ms. From 20 ms to 5 s.</value>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromMilliseconds(225);

    /// <summary>
    /// Silence after which a peer is suspected. Where two members differ the longer one holds between them.
    /// </summary>
    /// <value>Default 1 s. From 100 ms to 10 s, and more than twice <see cref="HeartbeatInterval"/>.</value>
    public TimeSpan SuspectAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a backup may take to acknowledge before another is chosen in its place.</summary>
    /// <value>Default 300 ms. From 10 ms to 10 s, and less than <see cref="CommitTimeout"/>.</value>
    public TimeSpan HolderPatience { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How long a request may wait for its session or for its change to be safe; then it gets 503.</summary>
    /// <value>
    /// Default 2 s. From 100 ms to 10 s, as what a request has done is remembered for 30 s, in which all its tries must
    /// end; in mode <see cref="ReplicationMode.Shared"/>, where nothing of that is remembered, to 1 min.
    /// </value>
    public TimeSpan CommitTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a stopping node may take to finish its requests and to hand over its sessions. Requests that last
    /// longer than half of it are not waited for.
    /// </summary>
    /// <value>Default 10 s. From 0 to 5 min; keep it below the host's shutdown timeout.</value>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a node that drains still serves new requests after it has said so: until whoever sends them knows. What
    /// a balancer sends after that is refused unexecuted, and a body that was too long to be kept is then lost. Not
    /// more than a quarter of <see cref="DrainTimeout"/>, and nothing where there are no peers.
    /// </summary>
    /// <value>
    /// Default 1.5 s, for balancers that ask once a second; one that is a member knows within milliseconds. From 0 to 1
    /// min.
    /// </value>
    public TimeSpan DrainNotice { get; set; } = TimeSpan.FromSeconds(1.5);

    /// <summary>
    /// Whether a process lets a small cluster of its own lose a node before it joins, on ports of the loopback
    /// interface that nobody uses. So the first real failover need not wait until its code is compiled and loaded. Once
    /// a process, whoever asks.
    /// </summary>
    /// <value>
    /// Default <see langword="true"/>; some tenths of a second at the start. Without effect in the modes <c>None</c>
    /// and <c>Shared</c>.
    /// </value>
    public bool RehearsesFailover { get; set; } = true;

    /// <summary>What a request is answered whose session was lost.</summary>
    /// <value>Default <see cref="LostSessionPolicy.StartNew"/>.</value>
    public LostSessionPolicy LostSessionPolicy { get; set; } = LostSessionPolicy.StartNew;

    /// <summary>The greatest size of one session: its values, and two bytes for each character of its keys.</summary>
    /// <value>Default 1 MiB. In bytes, from 1 KiB to 16 MiB.</value>
    public int MaximumSessionBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// How much of a response is held back in memory until the request has ended or flushes. A session that is changed
    /// while the body is still held can fail the request cleanly.
    /// </summary>
    /// <value>Default 64 KiB. In bytes, from 0 to 16 MiB.</value>
    public int MaximumResponseHeldBytes { get; set; } = 64 * 1024;

    /// <summary>
    /// The longest answer, head and body, that is kept with the session for a request that carries a key: if the
    /// request is sent again, because nobody knows whether it was executed, it gets this answer and is not executed a
    /// second time. Such a response is held back up to this length until the request has ended, whatever it flushes. Of
    /// a longer one only the key is kept, and the second try is answered with 409. A session keeps the answers of its
    /// latest 8 such requests (of up to 128 in the last 3 s, 16 KiB together), and the keys of the latest 32 and of all
    /// in the last 30 s, up to 1024.
    /// </summary>
    /// <value>Default 16 KiB. In bytes, from 0 (keys only) to 1 MiB.</value>
    public int MaximumOutcomeBytes { get; set; } = 16 * 1024;

    /// <summary>
    /// Whether responses name the holders of the session for the balancer, in <c>Session-Route</c>, where the request
    /// has not named them itself.
    /// </summary>
    /// <value>Default <see langword="true"/>. The header holds names of nodes only; the balancer removes it.</value>
    public bool SendRoute { get; set; } = true;

    /// <summary>
    /// What an operator must present, in the header <c>Operator-Key</c>, to drain this node by <c>POST
    /// /_node/drain</c>.
    /// </summary>
    /// <value>
    /// Default none: nobody may. At least 16 characters. Read from <c>Operator:Key</c> where the section does not set
    /// it.
    /// </value>
    public string? OperatorKey { get; set; }

    /// <summary>
    /// Where the sessions are in mode <see cref="ReplicationMode.Shared"/>: a connection string of StackExchange.Redis,
    /// with several servers, TLS and passwords as that takes them. Some of what it may say is bounded here:
    /// <c>connectTimeout</c>, <c>syncTimeout</c> and <c>asyncTimeout</c> to <see cref="CommitTimeout"/>, and
    /// <c>heartbeatInterval</c>, how often the client looks for what has waited too long, to 250 ms; shorter ones stay.
    /// <c>abortConnect</c> is <c>false</c> whatever it says, as a store that is away keeps no node from starting. What
    /// it cannot say is fixed: a lost connection is tried again every 250 ms, and while there is none nothing waits
    /// for one. Nor does anything wait for a store that stands still, after the first that has; but for one server of a
    /// Redis Cluster each request waits, up to <see cref="CommitTimeout"/>.
    /// </summary>
    /// <value>Default the connection string <c>sessions</c> of the configuration. Required in that mode only.</value>
    public string Store { get; set; } = "";

    /// <summary>
    /// Values of the configuration that could not be read; reported by the validation with all others.
    /// </summary>
    internal List<string> BindingErrors { get; } = [];
}
