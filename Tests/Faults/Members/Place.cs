using System.Globalization;

namespace SessionCluster.Tests.Faults.Members;

/// <summary>Where a member runs.</summary>
/// <param name="Space">Its network namespace; null where it is this process's own.</param>
/// <param name="Host">The address at which it is reached.</param>
/// <param name="HttpPort">Where clients reach it.</param>
/// <param name="ReplicationPort">Where its peers reach it.</param>
internal sealed record Place(string? Space, string Host, int HttpPort, int ReplicationPort)
{
    public string Http => string.Create(CultureInfo.InvariantCulture, $"http://{Host}:{HttpPort}");

    public string Replication => string.Create(CultureInfo.InvariantCulture, $"tcp://{Host}:{ReplicationPort}");
}
