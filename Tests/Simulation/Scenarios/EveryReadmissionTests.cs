using System.Numerics;
using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// Some were excluded for their silence, and since then the network is whatever graph of who hears whom, for good. The
/// views come to rest, and nobody is left out who is heard by a quorum of the view in which it would be.
/// </summary>
public sealed class EveryReadmissionTests
{
    private static readonly TimeSpan AtRestAfter = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RestsFor = TimeSpan.FromSeconds(10);

    /// <param name="nodes">How many nodes there are.</param>
    /// <param name="voter">Whether there is a voter as well.</param>
    /// <param name="excluded">How many were excluded, one after the other.</param>
    /// <param name="step">Every so manieth case is tried.</param>
    [Theory]
    [InlineData(4, false, 1, 1)]
    [InlineData(4, false, 2, 1)]
    [InlineData(3, true, 1, 1)]
    [InlineData(5, false, 1, 47)]
    [InlineData(5, false, 2, 97)]
    [InlineData(4, true, 2, 97)]
    public void Whoever_may_be_in_the_view_comes_and_stays(int nodes, bool voter, int excluded, int step)
    {
        int members = nodes + (voter ? 1 : 0);
        int graphs = 1 << (members * (members - 1) / 2);
        int[] absences = [.. Enumerable.Range(0, 1 << members).Where(
            set => BitOperations.PopCount((uint)set) == excluded)];
        var failures = new List<string>();
        for (int number = 0; number < graphs * absences.Length; number += step)
        {
            (int graph, int absent) = (number % graphs, absences[number / graphs]);
            if (WhyNotAtRest(nodes, voter, absent, HeardIn(graph, members)) is { } reason)
            {
                failures.Add($"{number}: without {Convert.ToString(absent, 2)}, {reason}");
            }
        }

        Assert.Empty(failures);
    }

    /// <returns>Whom each member hears, as a set of bits: a bit of the graph for each pair.</returns>
    private static int[] HeardIn(int graph, int members)
    {
        int[] heard = [.. Enumerable.Range(0, members).Select(static member => 1 << member)];
        int pair = 0;
        for (int one = 0; one < members; one++)
        {
            for (int other = one + 1; other < members; other++, pair++)
            {
                if ((graph & (1 << pair)) != 0)
                {
                    heard[one] |= 1 << other;
                    heard[other] |= 1 << one;
                }
            }
        }

        return heard;
    }

    private static string? WhyNotAtRest(int nodes, bool voter, int absent, int[] heard)
    {
        var cluster = new SimulatedCluster(new ClusterOptions { Nodes = nodes, HasVoter = voter });
        cluster.Settle();
        if (!IsExcluded(cluster, absent, heard.Length))
        {
            return null;
        }

        cluster.Heal();
        for (int one = 0; one < heard.Length; one++)
        {
            for (int other = 0; other < heard.Length; other++)
            {
                if ((heard[one] & (1 << other)) == 0)
                {
                    cluster.Network.Cut(one, other);
                }
            }
        }

        cluster.Run(AtRestAfter);
        View before = LatestView(cluster);
        cluster.Run(RestsFor);
        View after = LatestView(cluster);
        int view = SetOf(cluster, after);
        string? reason = before.Number != after.Number ? $"views come and go, to {after}"
            : LeftOut(view, heard, Voter(cluster)) is { } member ? $"member {member + 1} is left out of {after}"
            : null;
        cluster.Heal();
        cluster.Settle();
        return reason is null ? null : $"{Describe(heard)}: {reason}";
    }

    /// <summary>Cuts them off one after the other, as long as those who are left can exclude them.</summary>
    private static bool IsExcluded(SimulatedCluster cluster, int absent, int members)
    {
        int kept = (1 << members) - 1;
        for (int member = 0; member < members; member++)
        {
            int next = kept & ~(1 << member);
            if ((absent & (1 << member)) == 0)
            {
                continue;
            }

            if (!IsQuorum(next, kept, Voter(cluster)))
            {
                return false;
            }

            kept = next;
            cluster.Network.Partition(host => (next & (1 << host)) != 0 ? 0 : host + 1);
            cluster.RunUntil(
                () => SetOf(cluster, LatestView(cluster)) == next, ScenarioVerbs.SettleLimit, "a view without it");
            cluster.Run(TimeSpan.FromSeconds(2));
        }

        return true;
    }

    /// <summary>
    /// Who is absent, heard by a quorum of the view with it, of which one knows all that, and can have a view agreed. Who
    /// would be isolated there does not count for itself.
    /// </summary>
    private static int? LeftOut(int view, int[] heard, int voter)
    {
        for (int member = 0; member < heard.Length; member++)
        {
            int wanted = view | (1 << member);
            int hearing = heard[member] & ~(IsIsolated(member, wanted, heard, voter) ? 1 << member : 0);
            bool isLetIn = (view & (1 << member)) == 0 && Enumerable.Range(0, heard.Length).Any(
                proposer => (view & heard[member] & (1 << proposer)) != 0
                    && IsQuorum(heard[proposer] & view, view, voter)
                    && IsQuorum(heard[proposer] & hearing & wanted, wanted, voter));
            if (isLetIn)
            {
                return member;
            }
        }

        return null;
    }

    /// <summary>Whether it hears no other node, and the voter two that hear each other.</summary>
    private static bool IsIsolated(int member, int view, int[] heard, int voter)
    {
        int nodes = view & ~voter & ~(1 << member);
        int beside = nodes & heard[BitOperations.Log2((uint)Math.Max(voter, 1))];
        return (voter & view) != 0 && (voter & (1 << member)) == 0 && (nodes & heard[member]) == 0
            && Enumerable.Range(0, heard.Length).Any(
                one => (beside & (1 << one)) != 0 && (beside & heard[one] & ~(1 << one)) != 0);
    }

    /// <summary>More than half of a view, or half with the voter, or else with the smallest name.</summary>
    private static bool IsQuorum(int set, int view, int voter)
    {
        int twice = 2 * BitOperations.PopCount((uint)(set & view));
        int size = BitOperations.PopCount((uint)view);
        int tieBreaker = (voter & view) != 0 ? voter : view & -view;
        return twice > size || (twice == size && (set & tieBreaker) != 0);
    }

    private static int Voter(SimulatedCluster cluster) =>
        cluster.Options.HasVoter ? 1 << cluster.Options.Nodes : 0;

    private static View LatestView(SimulatedCluster cluster) =>
        cluster.Processes.Select(static process => process.Machine.View).MaxBy(static view => view.Number)!;

    private static int SetOf(SimulatedCluster cluster, View view) =>
        view.Members.Sum(member => 1 << cluster.HostOf(member.Member.Node));

    private static string Describe(int[] heard) => string.Join(
        ' ', heard.Select(static (others, member) => $"{member + 1}:{Convert.ToString(others, 2)}"));
}
