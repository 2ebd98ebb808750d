using System.Runtime.InteropServices;

namespace SessionCluster.Replication.Sessions;

/// <summary>How many copies a member has, of what size, and how many of its sessions have which holders.</summary>
internal sealed class CopyCounts
{
    /// <summary>How many primaries have which holders; most sessions share one of few sets.</summary>
    private readonly Dictionary<Placement, int> _primaries = [];

    /// <summary>The bytes of all copies, an overhead for each included.</summary>
    public long Bytes { get; private set; }

    public int Primaries { get; private set; }

    public int Backups { get; private set; }

    public void Add(SessionCopy copy)
    {
        Bytes += copy.Bytes;
        Count(copy, 1);
    }

    /// <summary>Takes a copy out, as it was when it was added or grew last.</summary>
    public void Remove(SessionCopy copy)
    {
        Bytes -= copy.Bytes;
        Count(copy, -1);
    }

    /// <summary>A copy is going to have so many bytes more.</summary>
    public void Grow(long bytes) => Bytes += bytes;

    /// <summary>How many primaries have holders for which this is so.</summary>
    public int CountPrimaries(Func<Placement, bool> isSo)
    {
        int count = 0;
        foreach ((Placement holders, int primaries) in _primaries)
        {
            count += isSo(holders) ? primaries : 0;
        }

        return count;
    }

    private void Count(SessionCopy copy, int change)
    {
        if (!copy.IsPrimary)
        {
            Backups += change;
            return;
        }

        Primaries += change;
        Placement holders = copy.Configuration.Placement ?? Placement.Removed;
        ref int primaries = ref CollectionsMarshal.GetValueRefOrAddDefault(_primaries, holders, out _);
        primaries += change;
        if (primaries == 0)
        {
            _primaries.Remove(holders);
        }
    }
}
