using System.Numerics;
using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// Which members hear each other is a graph. Whatever it is: where most of them all hear each other, or half of them
/// with the tie-breaker hear each other and nobody else, every session that one of these holds is served as long as it
/// lasts.
/// </summary>
public sealed class EveryPartitionTests
{
    private static readonly TimeSpan ServedWithin = TimeSpan.FromSeconds(10);

    /// <param name="nodes">How many nodes there are.</param>
    /// <param name="voter">Whether there is a voter as well.</param>
    /// <param name="step">Every so manieth graph is tried.</param>
    [Theory]
    [InlineData(4, false, 1)]
    [InlineData(3, true, 1)]
    [InlineData(5, false, 31)]
    [InlineData(4, true, 31)]
    public void Whoever_may_decide_serves(int nodes, bool voter, int step) =>
        TryAll(nodes, voter, step, static members => members * (members - 1) / 2, IsCutBothWays);

    /// <summary>
    /// Where one way is cut, the connection breaks, and neither hears the other any more. Before it does, a primary may
    /// have had it recorded that the session is held beyond the cut only.
    /// </summary>
    [Theory]
    [InlineData(4, false, 37)]
    [InlineData(3, true, 37)]
    public void So_it_is_where_one_way_is_cut_only(int nodes, bool voter, int step) =>
        TryAll(nodes, voter, step, static members => members * (members - 1), IsCut);

    private static void TryAll(
        int nodes, bool voter, int step, Func<int, int> ways, Func<int, int, int, int, bool> isCut)
    {
        int members = nodes + (voter ? 1 : 0);
        var failures = new List<string>();
        for (int graph = 0; graph < 1 << ways(members); graph += step)
        {
            int number = graph;
            if (WhyNotServed(nodes, voter, (from, to) => isCut(members, number, from, to)) is { } reason)
            {
                failures.Add($"{graph}: {reason}");
            }
        }

        Assert.Empty(failures);
    }

    /// <summary>A bit for each pair, set where nothing is cut.</summary>
    private static bool IsCutBothWays(int members, int graph, int from, int to)
    {
        (int low, int high) = (Math.Min(from, to), Math.Max(from, to));
        return (graph & (1 << ((low * (2 * members - low - 1) / 2) + high - low - 1))) == 0;
    }

    /// <summary>A bit for each way, set where it is not cut.</summary>
    private static bool IsCut(int members, int graph, int from, int to) =>
        (graph & (1 << ((from * (members - 1)) + (to < from ? to : to - 1)))) == 0;

    private static string? WhyNotServed(int nodes, bool voter, Func<int, int, bool> isCut)
    {
        int members = nodes + (voter ? 1 : 0);
        (int From, int To)[] cut =
        [
            .. from one in Enumerable.Range(0, members)
               from other in Enumerable.Range(0, members)
               where one != other && isCut(one, other)
               select (one, other),
        ];
        int[] heard = [.. Enumerable.Range(0, members).Select(member => Enumerable.Range(0, members)
            .Where(other => !cut.Contains((member, other)) && !cut.Contains((other, member)))
            .Sum(static other => 1 << other))];
        int tieBreaker = voter ? members - 1 : 0;
        int deciding = Enumerable.Range(1, (1 << members) - 1).FirstOrDefault(
            set => Decides(set, heard, tieBreaker));
        if (deciding == 0)
        {
            return null;
        }

        var cluster = new SimulatedCluster(new ClusterOptions { Nodes = nodes, HasVoter = voter });
        cluster.Settle();
        for (int node = 1; node <= nodes; node++)
        {
            cluster.On(node, $"basket {node}").Commit("cart", "shoes");
        }

        cluster.Settle();
        SessionHistory[] sessions = [.. cluster.History.Sessions];
        bool[] wereHeld = [.. sessions.Select(session => IsHeld(cluster, deciding, session))];
        Array.ForEach(cut, way => cluster.Network.Cut(way.From, way.To));
        cluster.Run(ServedWithin);
        bool isAnyOneWay = Array.Exists(cut, way => !cut.Contains((way.To, way.From)));
        string? unserved = sessions.Where((session, index) =>
                wereHeld[index] && (!isAnyOneWay || IsHeld(cluster, deciding, session)))
            .Select(static session => session.Name)
            .FirstOrDefault(name => !Enumerable.Range(1, nodes).Any(
                node => cluster.On(node, name).TryLoad()?.Result == LoadResult.Found));
        cluster.Heal();
        cluster.Settle();
        return unserved is null ? null : $"{Describe(heard)}: nobody serves {unserved}";
    }

    /// <summary>Whether one of them holds a session, as they have recorded.</summary>
    private static bool IsHeld(SimulatedCluster cluster, int deciding, SessionHistory session) =>
        cluster.Processes.Where(process => (deciding & (1 << process.Host)) != 0).Any(
            process => process.Machine.PlacementOf(session.Id)!.Holders.Any(
                holder => (deciding & (1 << cluster.HostOf(holder.Node))) != 0));

    private static bool Decides(int set, int[] heard, int tieBreaker)
    {
        int[] chosen = [.. Enumerable.Range(0, heard.Length).Where(member => (set & (1 << member)) != 0)];
        int twice = BitOperations.PopCount((uint)set) * 2;
        return Array.TrueForAll(chosen, member => (heard[member] & set) == set)
            && (twice > heard.Length
                || (twice == heard.Length && (set & (1 << tieBreaker)) != 0
                    && Array.TrueForAll(chosen, member => heard[member] == set)));
    }

    private static string Describe(int[] heard) => string.Join(
        ' ', heard.Select(static (others, member) => $"{member + 1}:{Convert.ToString(others, 2)}"));
}
