using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Reads the configuration section by hand: the stock binder throws at the first value that it cannot convert, while
/// all errors are to be told at once.
/// </summary>
internal sealed class ReplicationOptionsBinder(IConfiguration configuration) : IConfigureOptions<ReplicationOptions>
{
    /// <summary>What can be said to be wrong with the section, whoever reads it: one sentence about each.</summary>
    public static IEnumerable<string> FindErrors(IConfiguration configuration)
    {
        var options = new ReplicationOptions();
        new ReplicationOptionsBinder(configuration).Configure(options);
        return options.BindingErrors;
    }

    public void Configure(ReplicationOptions options)
    {
        var reader = new SectionReader(
            configuration.GetSection(ReplicationOptions.SectionName), options.BindingErrors);
        options.Node = reader.Text(nameof(options.Node)) ?? options.Node;
        options.ClusterName = reader.Text(nameof(options.ClusterName)) ?? options.ClusterName;
        options.Mode = reader.Choice(nameof(options.Mode), options.Mode);
        options.Backups = reader.Number(nameof(options.Backups), options.Backups);
        options.PartitionPolicy = reader.Choice(nameof(options.PartitionPolicy), options.PartitionPolicy);
        options.Role = reader.Choice(nameof(options.Role), options.Role);
        options.Secret = reader.Text(nameof(options.Secret)) ?? options.Secret;
        options.Port = reader.Number(nameof(options.Port), options.Port);
        options.ListenAddress = reader.Text(nameof(options.ListenAddress)) ?? options.ListenAddress;
        options.LostSessionPolicy = reader.Choice(nameof(options.LostSessionPolicy), options.LostSessionPolicy);
        options.RehearsesFailover = reader.Flag(nameof(options.RehearsesFailover), options.RehearsesFailover);
        options.SendRoute = reader.Flag(nameof(options.SendRoute), options.SendRoute);
        options.OperatorKey =
            reader.Text(nameof(options.OperatorKey)) ?? configuration["Operator:Key"] ?? options.OperatorKey;
        options.Store =
            reader.Text(nameof(options.Store)) ?? configuration.GetConnectionString("sessions") ?? options.Store;
        ReadLimits(reader, options);
        ReadMembers(reader, options);
        reader.RefuseOthers();
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

    private static void ReadMembers(SectionReader reader, ReplicationOptions options)
    {
        foreach (IConfigurationSection peer in reader.Entries(nameof(options.Peers), "name"))
        {
            options.Peers[peer.Key] = peer.Value ?? "";
        }

        foreach (IConfigurationSection voter in reader.Entries(nameof(options.Voters), "0"))
        {
            options.Voters.Add(voter.Value ?? "");
        }
    }
}
