using SessionCluster.Balancer.Configuration;

namespace SessionCluster.Balancer.Failover;

/// <summary>How a client is kept from seeing that a node failed.</summary>
internal sealed record FailoverOptions
{
    /// <summary>
    /// Whether requests are tried again elsewhere and nodes are left at the first refusal. Off, this is a plain proxy
    /// with probes: between a death and the second unanswered probe, clients see errors.
    /// </summary>
    /// <value><c>Balancer:Failover</c>, default true.</value>
    public required bool IsEnabled { get; init; }

    /// <summary>How often one client's request may be sent again.</summary>
    /// <value><c>Balancer:Retry:FurtherTries</c>, default 2. From 0 to 5.</value>
    public required int FurtherTries { get; init; }

    /// <summary>
    /// After this long no further try begins. It bounds the beginning of tries, not the request: a node that lives and
    /// is slow is waited for, until nothing has come for <c>Balancer:ActivityTimeout</c>.
    /// </summary>
    /// <value>
    /// <c>Balancer:Retry:Deadline</c>, default 10 s. From 1 s to 15 s: nodes remember for 30 s what a request has done,
    /// and a try may wait for its session for 10 s.
    /// </value>
    public required TimeSpan Deadline { get; init; }

    /// <summary>
    /// How long a node may stay silent before it is asked whether it still lives. A node that answers that is slow and
    /// is waited for; one that does not is frozen and is left.
    /// </summary>
    /// <value><c>Balancer:Retry:Patience</c>, default 1 s. From 100 ms to 10 min.</value>
    public required TimeSpan Patience { get; init; }

    /// <summary>How long a silent node may take to say that it lives.</summary>
    /// <value><c>Balancer:Retry:AliveTimeout</c>, default 500 ms. From 50 ms to 10 s.</value>
    public required TimeSpan AliveTimeout { get; init; }

    /// <summary>
    /// How long the beginning of an answer that does not tell its length is held when no more comes, before the node is
    /// asked whether it lives; if it does, the answer flows from then on. One that tells that it is short is held until
    /// it is whole, and streams of events are not held.
    /// </summary>
    /// <value><c>Balancer:Retry:HoldTime</c>, default 100 ms. From 0 to 10 s.</value>
    public required TimeSpan HoldTime { get; init; }

    /// <summary>Whether a request that may have been executed, and is not idempotent, is sent again with its key. True
    /// where the nodes recognise the key; false before nodes that do not (mode <c>shared</c>) or know only their own
    /// (<c>none</c>).</summary>
    /// <value><c>Balancer:Retry:UnknownOutcome</c>, default true.</value>
    public required bool RepeatsUnknownOutcome { get; init; }

    /// <summary>The longest body that is kept, to be sent again. A longer one flows through, once.</summary>
    /// <value><c>Balancer:Retry:BodyBytes</c>, default 64 KiB. From 0 to 16 MiB.</value>
    public required int BodyBytes { get; init; }

    /// <summary>Further tries that traffic earns: so many for each hundred requests.</summary>
    /// <value><c>Balancer:Retry:BudgetPercent</c>, default 20. From 0 to 200.</value>
    public required int BudgetPercent { get; init; }

    /// <summary>Further tries that time earns, each second; ten seconds of it can be saved up.</summary>
    /// <value><c>Balancer:Retry:BudgetPerSecond</c>, default 50. From 1 to 100,000.</value>
    public required int BudgetPerSecond { get; init; }

    /// <summary>Reads the settings; mistakes are collected in <paramref name="read"/>.</summary>
    public static FailoverOptions Read(SettingsReader read) => new()
    {
        IsEnabled = read.Switch("Balancer:Failover", true),
        FurtherTries = (int)read.Integer("Balancer:Retry:FurtherTries", 2, 0, 5),
        Deadline = read.Duration("Balancer:Retry:Deadline", 10_000, 1000, 15_000),
        Patience = read.Duration("Balancer:Retry:Patience", 1000, 100, 600_000),
        AliveTimeout = read.Duration("Balancer:Retry:AliveTimeout", 500, 50, 10_000),
        HoldTime = read.Duration("Balancer:Retry:HoldTime", 100, 0, 10_000),
        RepeatsUnknownOutcome = read.Switch("Balancer:Retry:UnknownOutcome", true),
        BodyBytes = (int)read.Integer("Balancer:Retry:BodyBytes", 64 << 10, 0, 16 << 20),
        BudgetPercent = (int)read.Integer("Balancer:Retry:BudgetPercent", 20, 0, 200),
        BudgetPerSecond = (int)read.Integer("Balancer:Retry:BudgetPerSecond", 50, 1, 100_000),
    };
}
