namespace SessionCluster.Simulation;

/// <summary>
/// Into how many groups the hosts fall, and who is with whom: in half of the seeds every shape may come, up to a group
/// for each host. Hosts that are put into two or three groups by chance alone are seldom many in one group and one in
/// each of the others, and never in four.
/// </summary>
/// <param name="random">Gives the chance; a source of its own, so that all else stays as it is.</param>
internal sealed class PartitionShape(SeededRandom random)
{
    private const double OftenEvery = 0.5;

    private readonly bool _isAny = random.Chance(OftenEvery);

    /// <summary>The group of each host, none of them empty; nothing where this is left to others.</summary>
    /// <param name="hosts">How many hosts there are, the clients' included.</param>
    public int[]? Draw(int hosts)
    {
        if (!_isAny || !random.Chance(OftenEvery))
        {
            return null;
        }

        int groups = random.Between(2, hosts);
        int[] order = [.. Enumerable.Range(0, hosts)];
        random.Shuffle(order);
        int[] groupOf = new int[hosts];
        for (int index = 0; index < hosts; index++)
        {
            groupOf[order[index]] = index < groups ? index : random.Below(groups);
        }

        return groupOf;
    }
}
