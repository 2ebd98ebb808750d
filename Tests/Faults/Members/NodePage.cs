namespace SessionCluster.Tests.Faults.Members;

/// <summary>What a node says of itself; the parts that are used here.</summary>
internal sealed record NodePage(
    int ProcessId, long Incarnation, long View, int Members, bool Ready, long Overwritten);

/// <summary>What would be lost if a node's process ended now; the parts that are used here.</summary>
internal sealed record StopPage(int WouldBeLost);
