namespace SessionCluster.Simulation;

/// <summary>
/// Since when the network consists of groups whose members reach each other and nobody else, with nothing slow or lossy
/// and no process stopped: then everybody has to answer.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class QuietNetwork(SimulatedCluster cluster)
{
    private ulong _shape;

    /// <summary>Since when; nothing while it is not so.</summary>
    public TimeSpan? Since { get; private set; }

    public void Look()
    {
        ulong shape = Shape();
        if (!IsQuiet())
        {
            Since = null;
        }
        else if (Since is null || shape != _shape)
        {
            Since = cluster.Queue.Now;
        }

        _shape = shape;
    }

    private bool IsQuiet()
    {
        if (cluster.Nodes.Any(node => !node.IsRunning))
        {
            return false;
        }

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

    private ulong Shape()
    {
        ulong shape = 17;
        for (int one = 0; one < cluster.Nodes.Count; one++)
        {
            for (int other = 0; other < cluster.Nodes.Count; other++)
            {
                shape = (shape * 31) + (cluster.Network.Condition(one, other).IsCut ? 1UL : 2UL);
            }

            shape = (shape * 31) + (ulong)(cluster.Nodes[one].Process?.Member.Incarnation ?? 0);
        }

        return shape;
    }
}
