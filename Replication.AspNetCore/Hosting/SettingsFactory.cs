using Microsoft.AspNetCore.Builder;

namespace SessionCluster.Replication.AspNetCore.Hosting;

/// <summary>Says the options in the machine's words.</summary>
internal static class SettingsFactory
{
    public static ReplicationSettings Create(ReplicationOptions options, SessionOptions session, TimeProvider time)
    {
        var self = new Member(new NodeId(options.Node), time.GetUtcNow().ToUnixTimeMilliseconds());
        return new ReplicationSettings
        {
            Self = self,
            Role = options.Role,
            Universe = [.. Universe(options)],
            Backups = options.Mode switch
            {
                ReplicationMode.None => 0,
                ReplicationMode.Delta => ReplicationSettings.AllOthers,
                _ => options.Backups,
            },
            PartitionPolicy = options.PartitionPolicy,
            IdleTimeout = session.IdleTimeout,
            HeartbeatInterval = options.HeartbeatInterval,
            SuspectAfter = options.SuspectAfter,
            HolderPatience = options.HolderPatience,
            CommitTimeout = options.CommitTimeout,
        };
    }

    private static IEnumerable<ConfiguredPeer> Universe(ReplicationOptions options)
    {
        yield return new ConfiguredPeer(new NodeId(options.Node), options.Role);
        foreach (string peer in options.Peers.Keys.Where(peer => peer != options.Node))
        {
            MemberRole role = options.Voters.Contains(peer) ? MemberRole.Voter : MemberRole.Node;
            yield return new ConfiguredPeer(new NodeId(peer), role);
        }
    }
}
