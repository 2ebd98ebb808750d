using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Reads the configuration section by hand: the stock binder throws at the first value that it cannot convert, while
/// all errors are to be told at once.
/// </summary>
internal sealed class ReplicationOptionsBinder(IConfiguration configuration) : IConfigureOptions<ReplicationOptions>
{
    public void Configure(ReplicationOptions options)
    {
        IConfigurationSection section = configuration.GetSection(ReplicationOptions.SectionName);
        var reader = new SectionReader(section, options.BindingErrors);
        options.Node = reader.Text(nameof(options.Node), options.Node);
        options.ClusterName = reader.Text(nameof(options.ClusterName), options.ClusterName);
        options.Mode = reader.Choice(nameof(options.Mode), options.Mode);
        options.Backups = reader.Number(nameof(options.Backups), options.Backups);
        options.PartitionPolicy = reader.Choice(nameof(options.PartitionPolicy), options.PartitionPolicy);
        options.Role = reader.Choice(nameof(options.Role), options.Role);
        options.Secret = reader.Text(nameof(options.Secret), options.Secret);
        options.Port = reader.Number(nameof(options.Port), options.Port);
        options.ListenAddress = reader.Text(nameof(options.ListenAddress), options.ListenAddress);
        options.LostSessionPolicy = reader.Choice(nameof(options.LostSessionPolicy), options.LostSessionPolicy);
        options.RehearsesFailover = reader.Flag(nameof(options.RehearsesFailover), options.RehearsesFailover);
        options.SendRoute = reader.Flag(nameof(options.SendRoute), options.SendRoute);
        options.OperatorKey =
            section[nameof(options.OperatorKey)] ?? configuration["Operator:Key"] ?? options.OperatorKey;
        options.Store =
            reader.Text(nameof(options.Store), configuration.GetConnectionString("sessions") ?? options.Store);
        ReadLimits(reader, options);
        ReadMembers(section, options);
    }

    private static void ReadLimits(SectionReader reader, ReplicationOptions options)
    {
        options.HeartbeatInterval = reader.Duration(nameof(options.HeartbeatInterval), options.HeartbeatInterval);
        options.SuspectAfter = reader.Duration(nameof(options.SuspectAfter), options.SuspectAfter);
        options.HolderPatience = reader.Duration(nameof(options.HolderPatience), options.HolderPatience);
        options.CommitTimeout = reader.Duration(nameof(options.CommitTimeout), options.CommitTimeout);
        options.DrainTimeout = reader.Duration(nameof(options.DrainTimeout), options.DrainTimeout);
        options.DrainNotice = reader.Duration(nameof(options.DrainNotice), options.DrainNotice);
        options.MaximumSessionBytes = reader.Number(nameof(options.MaximumSessionBytes), options.MaximumSessionBytes);
        options.MaximumResponseHeldBytes =
            reader.Number(nameof(options.MaximumResponseHeldBytes), options.MaximumResponseHeldBytes);
        options.MaximumOutcomeBytes = reader.Number(nameof(options.MaximumOutcomeBytes), options.MaximumOutcomeBytes);
    }

    private static void ReadMembers(IConfigurationSection section, ReplicationOptions options)
    {
        foreach (IConfigurationSection peer in section.GetSection(nameof(options.Peers)).GetChildren())
        {
            options.Peers[peer.Key] = peer.Value ?? "";
        }

        foreach (IConfigurationSection voter in section.GetSection(nameof(options.Voters)).GetChildren())
        {
            options.Voters.Add(voter.Value ?? "");
        }
    }

    private readonly struct SectionReader(IConfigurationSection section, List<string> errors)
    {
        public string Text(string key, string fallback) => section[key] ?? fallback;

        public int Number(string key, int fallback) => Read(key, fallback, "a whole number", static text =>
            int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : null);

        public bool Flag(string key, bool fallback) => Read(key, fallback, "true or false", static text =>
            bool.TryParse(text, out bool value) ? value : null);

        public TimeSpan Duration(string key, TimeSpan fallback) =>
            Read(key, fallback, "a duration such as 00:00:01.5", static text =>
                TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan value) ? value : null);

        public T Choice<T>(string key, T fallback)
            where T : struct, Enum =>
            Read(key, fallback, string.Join(", ", Enum.GetNames<T>()), static text =>
                Enum.TryParse(text, ignoreCase: true, out T value) && Enum.IsDefined(value) ? value : (T?)null);

        private T Read<T>(string key, T fallback, string allowed, Func<string, T?> parse)
            where T : struct
        {
            string? text = section[key];
            if (text is null)
            {
                return fallback;
            }

            T? value = parse(text);
            if (value is null)
            {
                errors.Add($"{ReplicationOptions.SectionName}:{key} is '{text}': allowed is {allowed}.");
            }

            return value ?? fallback;
        }
    }
}
