namespace SessionCluster.Simulation;

/// <summary>What a member has and knows, briefly: what must be the same after it has heard what it must not take.</summary>
internal readonly record struct Footprint(
    View View,
    MemberStatus Status,
    bool IsServing,
    bool IsSealed,
    ulong Map,
    int Primaries,
    int Backups,
    long Bytes,
    long Sequences,
    int Batches)
{
    public static Footprint Of(SimulatedProcess process)
    {
        ReplicationNode machine = process.Machine;
        Inspection inspected = machine.Inspection;
        return new Footprint(
            machine.View, machine.Status, inspected.IsServing, inspected.IsSealed, inspected.MapDigest,
            machine.PrimaryCount, machine.BackupCount, machine.BytesHeld,
            machine.Copies.Sum(static copy => copy.Version.Sequence), inspected.BatchesKept);
    }
}
