namespace SessionCluster.Tests.Faults.Members;

/// <summary>Scenes with a cluster of their own each: one at a time.</summary>
[CollectionDefinition(nameof(LoopbackClusters), DisableParallelization = true)]
public sealed class LoopbackClusters;
