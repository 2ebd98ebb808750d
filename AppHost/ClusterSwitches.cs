using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace SessionCluster.AppHost;

/// <summary>
/// What a person may say about the cluster: on the command line, in the environment (`MODE`, `NODES`, …)
/// or in settings files, under the same names. The command line wins, then the environment.
/// </summary>
internal sealed record ClusterSwitches(string Mode, int Nodes, int BalancerPort, string PartitionPolicy = "majority")
{
    public const string Help = """
        Runs a cluster of web nodes that keep each other's sessions, a balancer before them, and the Aspire dashboard.

          --mode none|delta|backup|shared
                                      where a session is kept: on its node only, on every node, on one more node
                                      (backup), or in a store that all nodes share
          --nodes N                   how many web nodes, 2 to 16 (4)
          --partition-policy majority|available
                                      what nodes do that hear too few others: refuse (majority), or serve and merge
                                      later
          --balancer-port P           where the balancer listens, 1 to 65535, or 0 for any free port (8080)
          --Balancer:Failover false   show what a plain balancer shows: errors, from a node's death until probes notice
                                      it
          --help                      this page

        The store of shared is the connection string "sessions" where there is one (ConnectionStrings__sessions); else
        Redis in a container, where Aspire's packages are used and Docker or Podman answers; else Garnet, which needs
        neither.

        The environment variables MODE, NODES, PARTITION_POLICY, BALANCER_PORT and Balancer__Failover and the same keys
        in appsettings.json say the same.
        """;

    private const int FewestNodes = 2;
    private const int MostNodes = 16;
    private static readonly string[] Modes = ["none", "delta", "backup", "shared"];

    /// <summary>What Aspire itself understands.</summary>
    private static readonly string[] AspireSwitches =
    [
        "operation", "publisher", "step", "output-path", "log-level", "include-exception-details", "clear-cache", "yes",
        "dcp-cli-path", "dcp-container-runtime", "dcp-dependency-check-timeout", "dcp-dashboard-path",
        "environment", "contentRoot", "applicationName",
    ];

    /// <summary>
    /// Sections of the configuration that Aspire, .NET's hosting and logging read. Others have no reader here: what a
    /// node or the balancer reads comes from the environment of its own.
    /// </summary>
    private static readonly string[] ForeignSections =
    [
        "AppHost", "Aspire", "Azure", "Dashboard", "DcpPublisher", "Deployment", "Kestrel", "Logging",
        "Pipeline", "Publishing",
    ];

    private const string FailoverSwitch = "Balancer:Failover";

    private static readonly string[] Policies = ["majority", "available"];
    private static readonly string[] OwnSwitches =
        ["mode", "nodes", "partition-policy", "balancer-port", FailoverSwitch];

    /// <summary>Own settings that are seldom said on the command line.</summary>
    private static readonly string[] OwnSettings =
        ["ConnectionStrings:sessions", "Parameters:cluster-secret", "Parameters:operator-key"];

    /// <summary>Whether nodes keep sessions together in a store, and not with each other.</summary>
    public bool IsShared => Mode == "shared";

    /// <summary>Whether a node that leaves has somebody to give its sessions to.</summary>
    public bool HandsOver => Mode is "backup" or "delta";

    /// <summary>
    /// Whether what a request has done is known to another node than the one that did it: a store keeps no record of
    /// what was answered, and in mode none a record ends with its node.
    /// </summary>
    public bool RecordsOutcomes => Mode is "backup" or "delta";

    /// <summary>Null where any free port will do.</summary>
    public int? FixedBalancerPort => BalancerPort == 0 ? null : BalancerPort;

    public static bool AsksForHelp(string[] args) => args.Any(arg => arg is "--help" or "-h" or "-?");

    /// <summary>Finds the first word of the command line that nobody understands.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? FindUnknown(string[] args)
    {
        for (var index = 0; index < args.Length; index++)
        {
            var word = args[index];
            var name = word.TrimStart('-', '/').Split('=')[0];
            if (!word.StartsWith("--", StringComparison.Ordinal) || !IsKnown(name))
            {
                return $"{word}: unknown; known are {Known(name)}.";
            }

            var hasValue = word.Contains('=', StringComparison.Ordinal);
            var next = index + 1 < args.Length ? args[index + 1] : null;
            var isFollowed = next is not null && !next.StartsWith("--", StringComparison.Ordinal);
            if (!hasValue && !isFollowed && IsOneOf(OwnSwitches, name))
            {
                return $"--{name}: no value given; allowed: {Allowed(name)}.";
            }

            index += !hasValue && isFollowed ? 1 : 0;
        }

        return null;
    }

    public static bool TryRead(
        IConfiguration configuration,
        [NotNullWhen(true)] out ClusterSwitches? switches,
        [NotNullWhen(false)] out string? reason)
    {
        switches = null;
        var mode = configuration["mode"] ?? "backup";
        var nodes = configuration["nodes"] ?? "4";
        var port = configuration["balancer-port"] ?? configuration["BALANCER_PORT"] ?? "8080";
        var policy = configuration["partition-policy"] ?? configuration["PARTITION_POLICY"] ?? "majority";
        string[] wrong =
        [
            .. new[]
            {
                CheckMode(mode),
                CheckPolicy(policy),
                CheckNumber("nodes", nodes, FewestNodes, MostNodes),
                CheckNumber("balancer-port", port, 0, IPEndPoint.MaxPort),
                CheckFailover(configuration["Balancer:Failover"]),
            }.OfType<string>(),
        ];
        reason = wrong.Length > 0
            ? string.Join(Environment.NewLine, wrong)
            : CheckFree(int.Parse(port, CultureInfo.InvariantCulture));
        if (reason is not null)
        {
            return false;
        }

        switches = new ClusterSwitches(
            mode.ToLowerInvariant(),
            int.Parse(nodes, CultureInfo.InvariantCulture),
            int.Parse(port, CultureInfo.InvariantCulture),
            policy.ToLowerInvariant());
        return true;
    }

    private static string? CheckMode(string mode) =>
        IsOneOf(Modes, mode) ? null : $"--mode {mode}: unknown; allowed: {Allowed("mode")}.";

    private static string? CheckPolicy(string policy) => IsOneOf(Policies, policy)
        ? null
        : $"--partition-policy {policy}: unknown; allowed: {Allowed("partition-policy")}.";

    private static string? CheckFailover(string? value) => value is null || bool.TryParse(value, out _)
        ? null
        : $"--{FailoverSwitch} {value}: not allowed; allowed: {Allowed(FailoverSwitch)}.";

    private static string? CheckNumber(string name, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number >= least && number <= most
            ? null
            : $"--{name} {value}: not allowed; allowed: {Allowed(name)}.";

    /// <summary>The balancer would find out as well, but late and with many words.</summary>
    private static string? CheckFree(int port)
    {
        if (port == 0)
        {
            return null;
        }

        try
        {
            // As Kestrel binds: what is left of a cluster that has just ended does not count as taken.
            var exclusive = OperatingSystem.IsWindows();
            using var probe = new TcpListener(IPAddress.Loopback, port) { ExclusiveAddressUse = exclusive };
            probe.Start();
            return null;
        }
        catch (SocketException error)
        {
            return $"--balancer-port {port}: cannot be listened on ({error.Message}); "
                + "allowed: a free port, or 0 for any.";
        }
    }

    private static string Allowed(string name) => name.ToLowerInvariant() switch
    {
        "mode" => string.Join(", ", Modes),
        "partition-policy" => string.Join(", ", Policies),
        "nodes" => $"{FewestNodes} to {MostNodes}",
        "balancer:failover" => "true, false",
        _ => $"0 (any free port) to {IPEndPoint.MaxPort}",
    };

    private static bool IsKnown(string name) =>
        IsOneOf(OwnSwitches, name) || IsOneOf(OwnSettings, name) || IsOneOf(AspireSwitches, name)
        || (IsSetting(name) && IsOneOf(ForeignSections, name.Split(':')[0]));

    /// <summary>What may have been meant: a switch, or, where a setting was said, another setting as well.</summary>
    private static string Known(string name)
    {
        var all = OwnSwitches.Append("help").Concat(IsSetting(name) ? OwnSettings : []);
        var switches = string.Join(", ", all.Select(static known => $"--{known}"));
        return IsSetting(name) ? $"{switches} and the sections {string.Join(", ", ForeignSections)}" : switches;
    }

    private static bool IsSetting(string name) => name.Contains(':', StringComparison.Ordinal);

    private static bool IsOneOf(string[] names, string name) => names.Contains(name, StringComparer.OrdinalIgnoreCase);
}
