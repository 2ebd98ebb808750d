namespace SessionCluster.Replication;

/// <summary>
/// A 64-bit hash that is the same in every process (FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv, with a final
/// avalanche from SplitMix64, Steele and others 2014).
/// </summary>
internal static class StableHash
{
    /// <summary>The hash of nothing.</summary>
    public const ulong Start = 14695981039346656037;

    private const ulong Prime = 1099511628211;

    public static ulong Add(ulong hash, string text)
    {
        foreach (char character in text)
        {
            hash = unchecked((hash ^ character) * Prime);
        }

        return unchecked((hash ^ 0xFFFF) * Prime);
    }

    public static ulong Add(ulong hash, ulong value) => Mix(unchecked((hash ^ value) * Prime));

    public static ulong Mix(ulong value)
    {
        unchecked
        {
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            return value ^ (value >> 31);
        }
    }
}
