namespace SessionCluster.Simulation;

/// <summary>
/// Since when the network consists of groups whose members reach each other and nobody else, with nothing slow or lossy
/// and no process stopped: then everybody has to answer.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class QuietNetwork(SimulatedCluster cluster)
{
    private long _changes;

    /// <summary>Since when; nothing while it is not so.</summary>
    public TimeSpan? Since { get; private set; }

    /// <summary>
    /// Since when at most two hosts do not reach each other, and there is a node that both reach; nothing while it is not
    /// so.
    /// </summary>
    public TimeSpan? NearlyWholeSince { get; private set; }

    public void Look()
    {
        long changes = CountChanges();
        bool isChanged = changes != _changes;
        bool isRunning = cluster.Nodes.All(static node => node.IsRunning);
        Since = !isRunning || !IsQuiet() ? null : isChanged ? cluster.Queue.Now : Since ?? cluster.Queue.Now;
        NearlyWholeSince = !isRunning || !IsNearlyWhole() ? null
            : isChanged ? cluster.Queue.Now : NearlyWholeSince ?? cluster.Queue.Now;
        _changes = changes;
    }

    private bool IsNearlyWhole()
    {
        (int Low, int High)? apart = null;
        int hosts = cluster.Nodes.Count;
        for (int one = 0; one < hosts; one++)
        {
            for (int other = 0; other < hosts; other++)
            {
                LinkCondition way = cluster.Network.Condition(one, other);
                (int, int) pair = (Math.Min(one, other), Math.Max(one, other));
                if (one != other && (way.Clog != TimeSpan.Zero || way.Loss > 0
                    || (way.IsCut && (apart ??= pair) != pair)))
                {
                    return false;
                }
            }
        }

        return apart is not { } two || cluster.Nodes.Any(node =>
            node.Role == MemberRole.Node && node.Host != two.Low && node.Host != two.High);
    }

    private bool IsQuiet()
    {
        int hosts = cluster.Nodes.Count;
        for (int one = 0; one < hosts; one++)
        {
            for (int other = 0; other < hosts; other++)
            {
                LinkCondition way = cluster.Network.Condition(one, other);
                bool isClean = way.Clog == TimeSpan.Zero && way.Loss == 0
                    && way.IsCut == cluster.Network.Condition(other, one).IsCut;
                if (one != other && (!isClean || (!way.IsCut && !ReachesTheSame(one, other, hosts))))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private bool ReachesTheSame(int one, int other, int hosts) => Enumerable.Range(0, hosts).All(third =>
        third == one || third == other
        || cluster.Network.Condition(one, third).IsCut == cluster.Network.Condition(other, third).IsCut);

    /// <summary>Also what began and ended between two looks.</summary>
    private long CountChanges()
    {
        long changes = 0;
        foreach (SimulatedNode node in cluster.Nodes)
        {
            changes += (node.Process?.Pauses ?? 0) + (node.Process?.Member.Incarnation ?? 0);
            for (int other = 0; other < cluster.Nodes.Count; other++)
            {
                changes += cluster.Network.Condition(node.Host, other).Changes;
            }
        }

        return changes;
    }
}
