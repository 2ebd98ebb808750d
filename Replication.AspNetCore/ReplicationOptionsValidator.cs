using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Finds everything that is wrong, not only the first: each with its key, its value and what is allowed.
/// </summary>
internal sealed class ReplicationOptionsValidator(IOptions<SessionOptions> session)
    : IValidateOptions<ReplicationOptions>
{
    public const int SecretLengthMinimum = 16;
    public const int PeersMaximum = 31;
    private const int BackupsMaximum = 15;
    private const int MebiByte = 1024 * 1024;
    private const string NameRule = "1 to 64 letters, digits, '-' or '_'";

    public ValidateOptionsResult Validate(string? name, ReplicationOptions options)
    {
        var errors = new List<string>(options.BindingErrors);
        CheckIdentity(options, errors);
        CheckMembers(options, errors);
        CheckDurations(options, errors);
        CheckNumber(errors, nameof(options.MaximumSessionBytes), options.MaximumSessionBytes, 1024, 16 * MebiByte);
        CheckNumber(
            errors, nameof(options.MaximumResponseHeldBytes), options.MaximumResponseHeldBytes, 0, 16 * MebiByte);
        CheckNumber(errors, nameof(options.MaximumOutcomeBytes), options.MaximumOutcomeBytes, 0, MebiByte);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    /// <summary>Reads <c>tcp://host:port</c>.</summary>
    public static bool TryReadAddress(string text, out string host, out int port)
    {
        bool valid = Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
            && uri.Scheme == "tcp" && uri.Host.Length > 0 && uri.Port is > 0 and <= IPEndPoint.MaxPort
            && uri.AbsolutePath is "" or "/";
        (host, port) = valid ? (uri!.IdnHost, uri.Port) : ("", 0);
        return valid;
    }

    private static void CheckIdentity(ReplicationOptions options, List<string> errors)
    {
        Check(errors, NodeId.IsValid(options.Node), nameof(options.Node), options.Node, NameRule);
        Check(errors, NodeId.IsValid(options.ClusterName), nameof(options.ClusterName), options.ClusterName, NameRule);
        CheckStore(options, errors);
        CheckNumber(errors, nameof(options.Backups), options.Backups, 1, BackupsMaximum);
        CheckChoice(errors, nameof(options.Mode), options.Mode);
        CheckChoice(errors, nameof(options.PartitionPolicy), options.PartitionPolicy);
        CheckChoice(errors, nameof(options.Role), options.Role);
        CheckChoice(errors, nameof(options.LostSessionPolicy), options.LostSessionPolicy);

        // The secret itself is never shown, only its length.
        Check(
            errors,
            options.Secret.Length >= SecretLengthMinimum,
            nameof(options.Secret),
            string.Create(CultureInfo.InvariantCulture, $"{options.Secret.Length} characters long"),
            string.Create(CultureInfo.InvariantCulture, $"at least {SecretLengthMinimum} characters"));
        Check(
            errors,
            string.IsNullOrEmpty(options.OperatorKey) || options.OperatorKey.Length >= SecretLengthMinimum,
            nameof(options.OperatorKey),
            string.Create(CultureInfo.InvariantCulture, $"{options.OperatorKey?.Length} characters long"),
            string.Create(CultureInfo.InvariantCulture, $"none, or at least {SecretLengthMinimum} characters"));
    }

    /// <summary>A connection string may hold a password, so it is never shown.</summary>
    private static void CheckStore(ReplicationOptions options, List<string> errors)
    {
        if (options.Mode == ReplicationMode.Shared && options.Role == MemberRole.Node && !IsStore(options))
        {
            string found = options.Store.Length == 0
                ? "missing"
                : StoreText.FindFault(options.Store) is { } fault ? $"not readable ({fault})" : "not readable";
            errors.Add($"ConnectionStrings:sessions is {found}: mode Shared needs a connection string of "
                + "StackExchange.Redis, for example localhost:6379.");
        }
    }

    private static bool IsStore(ReplicationOptions options)
    {
        try
        {
            return options.Store.Length > 0 && SharedStore.Parse(options).EndPoints.Count > 0;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return false;
        }
    }

    private static void CheckMembers(ReplicationOptions options, List<string> errors)
    {
        // With a store nodes say nothing to each other, whoever is named: one setting is to change the mode.
        bool listens = options.Mode != ReplicationMode.Shared && options.Peers.Keys.Any(peer => peer != options.Node);
        CheckNumber(errors, nameof(options.Port), options.Port, listens ? 1 : 0, IPEndPoint.MaxPort);
        Check(
            errors,
            IPAddress.TryParse(options.ListenAddress, out _),
            nameof(options.ListenAddress),
            options.ListenAddress,
            "an IP address, for example 0.0.0.0, :: or 127.0.0.1");
        CheckNumber(errors, $"{nameof(options.Peers)} (their number)", options.Peers.Count, 0, PeersMaximum + 1);
        foreach ((string peer, string address) in options.Peers)
        {
            string key = $"{nameof(options.Peers)}:{peer}";
            Check(errors, NodeId.IsValid(peer), key, peer, $"as name {NameRule}");
            Check(errors, TryReadAddress(address, out _, out _), key, address, "tcp://host:port");
        }

        for (int index = 0; index < options.Voters.Count; index++)
        {
            string voter = options.Voters[index];
            string key = string.Create(CultureInfo.InvariantCulture, $"{nameof(options.Voters)}:{index}");
            bool isKnown = voter == options.Node
                ? options.Role == MemberRole.Voter
                : options.Peers.ContainsKey(voter);
            Check(errors, isKnown, key, voter, "the name of a peer, or of this node where its Role is Voter");
        }
    }

    private void CheckDurations(ReplicationOptions options, List<string> errors)
    {
        CheckDuration(errors, nameof(options.HeartbeatInterval), options.HeartbeatInterval, 0.02, 5);
        CheckDuration(errors, nameof(options.SuspectAfter), options.SuspectAfter, 0.1, 10);
        Check(
            errors,
            options.SuspectAfter > options.HeartbeatInterval * 2,
            nameof(options.SuspectAfter),
            options.SuspectAfter,
            $"more than twice HeartbeatInterval, which is {options.HeartbeatInterval}");
        CheckDuration(errors, nameof(options.HolderPatience), options.HolderPatience, 0.01, 10);
        Check(
            errors,
            options.HolderPatience < options.CommitTimeout,
            nameof(options.HolderPatience),
            options.HolderPatience,
            $"less than CommitTimeout, which is {options.CommitTimeout}");
        int longest = options.Mode == ReplicationMode.Shared ? 60 : 10;
        CheckDuration(errors, nameof(options.CommitTimeout), options.CommitTimeout, 0.1, longest);
        CheckDuration(errors, nameof(options.DrainTimeout), options.DrainTimeout, 0, 300);
        CheckDuration(errors, nameof(options.DrainNotice), options.DrainNotice, 0, 60);
        TimeSpan idle = session.Value.IdleTimeout;
        if (idle < TimeSpan.FromSeconds(1) || idle > TimeSpan.FromDays(365))
        {
            errors.Add($"SessionOptions.IdleTimeout is '{idle}': allowed is from 00:00:01 to 365.00:00:00.");
        }
    }

    private static void CheckDuration(List<string> errors, string key, TimeSpan value, double minimum, double maximum)
    {
        TimeSpan least = TimeSpan.FromSeconds(minimum);
        TimeSpan most = TimeSpan.FromSeconds(maximum);
        Check(errors, value >= least && value <= most, key, value, $"from {least} to {most}");
    }

    private static void CheckNumber(List<string> errors, string key, int value, int minimum, int maximum) =>
        Check(
            errors,
            value >= minimum && value <= maximum,
            key,
            value,
            string.Create(CultureInfo.InvariantCulture, $"from {minimum} to {maximum}"));

    /// <summary>Set in code, it may be any number.</summary>
    private static void CheckChoice<T>(List<string> errors, string key, T value)
        where T : struct, Enum => Check(errors, Enum.IsDefined(value), key, value, SectionReader.NamesOf<T>());

    private static void Check(List<string> errors, bool holds, string key, object value, string allowed)
    {
        if (!holds)
        {
            errors.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{ReplicationOptions.SectionName}:{key} is '{value}': allowed is {allowed}."));
        }
    }
}
