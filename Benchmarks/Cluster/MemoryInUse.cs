namespace SessionCluster.Benchmarks.Cluster;

/// <summary>The memory of some processes, in bytes.</summary>
/// <param name="Heap">What is in use of their managed heaps; of another kind of store, what it says it uses.</param>
/// <param name="Resident">What they have of the machine, code and what the heaps keep for later included.</param>
internal readonly record struct MemoryInUse(long Heap, long Resident)
{
    public static MemoryInUse operator +(MemoryInUse left, MemoryInUse right) =>
        new(left.Heap + right.Heap, left.Resident + right.Resident);

    public static MemoryInUse operator -(MemoryInUse left, MemoryInUse right) =>
        new(left.Heap - right.Heap, left.Resident - right.Resident);
}
