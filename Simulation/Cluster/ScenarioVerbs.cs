using System.Security.Cryptography;
using System.Text;

namespace SessionCluster.Simulation;

/// <summary>What a person does to a cluster, in the words of the scenarios. Nodes are numbered from 1.</summary>
internal static class ScenarioVerbs
{
    /// <summary>How long a cluster may take to become quiet when nobody disturbs it.</summary>
    public static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan QuietFor = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LookSeldomEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>A request for a session on a node; the same name is the same session.</summary>
    public static NodeDoor On(this SimulatedCluster cluster, int node, string session = "basket")
    {
        var id = new SessionId(SHA256.HashData(Encoding.UTF8.GetBytes(session)));
        return new NodeDoor(
            cluster, cluster.Node(node), cluster.History.Find(id) ?? cluster.History.Begin(id, session));
    }

    public static void Crash(this SimulatedCluster cluster, params int[] nodes)
    {
        foreach (int node in nodes)
        {
            cluster.Kill(cluster.Node(node));
        }
    }

    public static void Restart(this SimulatedCluster cluster, int node) => cluster.Start(cluster.Node(node));

    public static void Pause(this SimulatedCluster cluster, int node) => cluster.Pause(cluster.Node(node));

    public static void Resume(this SimulatedCluster cluster, int node) => cluster.Resume(cluster.Node(node));

    /// <summary>Asks a node to leave, waits until it has handed everything over, and stops it.</summary>
    public static void Drain(this SimulatedCluster cluster, int node)
    {
        SimulatedProcess process = cluster.Node(node).Process!;
        cluster.StartDrain(cluster.Node(node));
        cluster.RunUntil(() => process.IsDrained, SettleLimit, $"drain of node {node}");
        cluster.Kill(cluster.Node(node));
    }

    /// <summary>Cuts the network into groups. A member that no group names is in the first.</summary>
    public static void Partition(this SimulatedCluster cluster, params int[][] groups)
    {
        cluster.Trace.Said("network", string.Join(" | ", groups.Select(static group => string.Join(' ', group))));
        cluster.Network.Partition(host => Math.Max(0, Array.FindIndex(groups, group => group.Contains(host + 1))));
    }

    public static void Cut(this SimulatedCluster cluster, int from, int to)
    {
        cluster.Trace.Said("network", $"nothing gets from node{from} to node{to}");
        cluster.Network.Cut(from - 1, to - 1);
    }

    public static void Heal(this SimulatedCluster cluster)
    {
        cluster.Trace.Said("network", "is whole again");
        cluster.Network.Heal();
    }

    /// <summary>Breaks the connection between two nodes; what was under way is lost, and they connect again.</summary>
    public static void BreakConnection(this SimulatedCluster cluster, int one, int other) =>
        cluster.Network.Reset(cluster.Node(one).Process!, cluster.Node(other).Process!);

    /// <summary>Lets the time pass until all members agree, every session has its copies, and that stays so.</summary>
    /// <returns>How long it took until all was well.</returns>
    public static TimeSpan Settle(this SimulatedCluster cluster, TimeSpan? limit = null)
    {
        TimeSpan began = cluster.Queue.Now;
        TimeSpan end = began + (limit ?? SettleLimit);
        TimeSpan? quietSince = null;
        while (quietSince is null || cluster.Queue.Now < quietSince + QuietFor)
        {
            string? reason = Convergence.WhyNot(cluster);
            quietSince = reason is null ? quietSince ?? cluster.Queue.Now : null;
            if (reason is not null && cluster.Queue.Now >= end)
            {
                throw new SimulationFailedException($"not settled after {end - began}: {reason}");
            }

            cluster.Run(cluster.Options.Detail == TraceDetail.Transcript ? LookEvery : LookSeldomEvery);
        }

        cluster.Ledger.Recovered();
        cluster.Inspect();
        return quietSince.Value - began;
    }

    /// <summary>Who holds a session now, as its primary sees it.</summary>
    public static Placement? PlacementOf(this SimulatedCluster cluster, string session = "basket")
    {
        SessionId id = cluster.History.Sessions.First(known => known.Name == session).Id;
        return cluster.Processes.First(static process => process.Role == MemberRole.Node).Machine.PlacementOf(id);
    }

    /// <summary>The number of the node that is the session's primary.</summary>
    public static int PrimaryOf(this SimulatedCluster cluster, string session = "basket") =>
        cluster.HostOf(cluster.PlacementOf(session)!.Primary.Node) + 1;

    /// <summary>The number of the node that is the session's first backup.</summary>
    public static int BackupOf(this SimulatedCluster cluster, string session = "basket") =>
        cluster.HostOf(cluster.PlacementOf(session)!.Holders[1].Node) + 1;

    /// <summary>The number of a living node that holds no copy of the session.</summary>
    public static int StrangerTo(this SimulatedCluster cluster, string session = "basket")
    {
        Placement placement = cluster.PlacementOf(session)!;
        return cluster.Nodes.First(node => node.Role == MemberRole.Node
            && node.IsRunning && !placement.Contains(node.Process!.Member)).Host + 1;
    }
}
