namespace SessionCluster.Simulation;

/// <summary>What goes wrong between hosts: ways are cut, slow or lossy, hosts fall into groups, a connection is reset.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="profile">Whether ways stay cut after a partition.</param>
/// <param name="random">Gives the chance.</param>
/// <param name="clock">Ends each fault.</param>
internal sealed class NetworkFaults(
    SimulatedCluster cluster, FaultProfile profile, SeededRandom random, FaultClock clock)
{
    private readonly PartitionShape _shape = new(SeededRandom.For(cluster.Options.Seed, "shapes"));

    /// <summary>Something goes wrong on ways that chance chooses.</summary>
    public void Strike(FaultKind kind)
    {
        int one = random.Below(cluster.Network.Hosts);
        int other = (one + 1 + random.Below(cluster.Network.Hosts - 1)) % cluster.Network.Hosts;
        cluster.Trace.Said("network", $"{kind} (host {one + 1}, host {other + 1})");
        switch (kind)
        {
            case FaultKind.CutOneWay:
                cluster.Network.Cut(one, other);
                clock.EndLater(() => cluster.Network.Mend(one, other));
                break;
            case FaultKind.CutBothWays:
                cluster.Network.Cut(one, other);
                cluster.Network.Cut(other, one);
                clock.EndLater(() =>
                {
                    cluster.Network.Mend(one, other);
                    cluster.Network.Mend(other, one);
                });
                break;
            case FaultKind.Partition:
                Partition();
                break;
            case FaultKind.Clog:
                LinkCondition clogged = cluster.Network.Condition(one, other);
                clogged.Clog = random.Spread(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(5));
                clock.EndLater(() => clogged.Clog = TimeSpan.Zero);
                break;
            case FaultKind.Loss:
                SetLoss(one, random.Fraction() * 0.3);
                clock.EndLater(() => SetLoss(one, 0));
                break;
        }
    }

    private void Partition()
    {
        int groups = random.Chance(0.7) ? 2 : 3;
        int[] groupOf = [.. Enumerable.Range(0, cluster.Network.Hosts).Select(_ => random.Below(groups))];
        if (profile.CutsLeft > 0 && random.Chance(DivisionFaults.Alone))
        {
            int alone = random.Below(cluster.Network.Hosts);
            groupOf = [.. Enumerable.Range(0, cluster.Network.Hosts).Select(host => host == alone ? 1 : 0)];
        }

        groupOf = _shape.Draw(groupOf.Length) ?? groupOf;
        PartitionBy(host => groupOf[host]);
    }

    /// <summary>The hosts fall into groups.</summary>
    /// <param name="groupOf">Which group each host is in.</param>
    public void PartitionBy(Func<int, int> groupOf)
    {
        string groups = string.Join(' ', Enumerable.Range(0, cluster.Network.Hosts).Select(groupOf));
        cluster.Trace.Said("network", $"falls into groups: hosts are in {groups}");
        cluster.Network.Partition(groupOf);
        clock.EndLater(() =>
        {
            cluster.Trace.Said("network", "is whole again");
            cluster.Network.Partition(static _ => 0);
            if (profile.CutsLeft > 0 && random.Chance(profile.CutsLeft))
            {
                TimeSpan lasts = DivisionFaults.LeaveCut(cluster, random, clock.Later, groupOf);
                clock.RestsUntil = random.Chance(0.5) ? cluster.Queue.Now + lasts : clock.RestsUntil;
            }
        });
    }

    private void SetLoss(int host, double loss)
    {
        for (int other = 0; other < cluster.Network.Hosts; other++)
        {
            cluster.Network.Condition(host, other).Loss = loss;
            cluster.Network.Condition(other, host).Loss = loss;
        }
    }

    /// <summary>The connection of two nodes is reset.</summary>
    public void Reset(SimulatedNode one, SimulatedNode other)
    {
        if (one != other && one.Process is { } first && other.Process is { } second)
        {
            cluster.Trace.Said("network", $"resets the connection of {one} and {other}");
            cluster.Network.Reset(first, second);
        }
    }
}
