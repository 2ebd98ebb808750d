namespace SessionCluster.Balancer.Configuration;

/// <summary>A node's stable name, and where it listens for HTTP.</summary>
/// <param name="Name">Stays through restarts, whatever the port. It is the destination's id, and stands in the cookie.</param>
/// <param name="Address">Scheme, host and port, without a slash at the end.</param>
internal sealed record NodeAddress(string Name, string Address);
