using System.Globalization;

namespace SessionCluster.Tests.Faults.Members;

/// <summary>Where a member runs.</summary>
/// <param name="Space">Its network namespace; null where it is this process's own.</param>
/// <param name="Host">The address at which it is reached.</param>
/// <param name="HttpPort">Where clients reach it.</param>
/// <param name="Http2Port">Where the balancer forwards to, if it is a node.</param>
/// <param name="ReplicationPort">Where its peers reach it.</param>
internal sealed record Place(string? Space, string Host, int HttpPort, int Http2Port, int ReplicationPort)
{
    public string Http => string.Create(CultureInfo.InvariantCulture, $"http://{Host}:{HttpPort}");

    public string Http2 => string.Create(CultureInfo.InvariantCulture, $"http://{Host}:{Http2Port}");

    public string Replication => string.Create(CultureInfo.InvariantCulture, $"tcp://{Host}:{ReplicationPort}");
}
