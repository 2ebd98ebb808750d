using SessionCluster.Replication.Sessions;

namespace SessionCluster.Simulation;

/// <summary>
/// What must hold when all is quiet: I4 one primary and its backups on distinct members, equal; I5 everybody knows
/// where; I8 nothing beside that; I11 the number of unprotected sessions is true; and one view of exactly those who
/// live.
/// </summary>
internal static class Convergence
{
    /// <summary>Nothing, where all holds; else the first thing that does not.</summary>
    public static string? WhyNot(SimulatedCluster cluster)
    {
        SimulatedProcess[] members = [.. cluster.Processes];
        if (members.FirstOrDefault(static process => process.IsPaused) is { } paused)
        {
            return $"{paused.Member} is stopped";
        }

        return cluster.Options.Backups == 0
            ? null
            : WhyViewsDiffer(cluster, members) ?? WhyCopiesDiffer(cluster, members)
                ?? WhyMapsDiffer(members) ?? WhyCountsDiffer(cluster, members) ?? WhyGhostsAreLeft(cluster, members)
                ?? WhyNotTaken(cluster, members) ?? WhyValuesDiffer(cluster, members);
    }

    private static string? WhyViewsDiffer(SimulatedCluster cluster, SimulatedProcess[] members)
    {
        foreach (SimulatedProcess process in members)
        {
            View view = process.Machine.View;
            bool isComplete = view.Members.Count == members.Length && members.All(other => view.Contains(other.Member));
            if (!isComplete || view.Number != members[0].Machine.View.Number)
            {
                return $"{process.Member} is in {view} but {string.Join(' ', members.Select(static m => m.Member))} live";
            }

            if (view.Absent.Count > 0)
            {
                return $"{process.Member} waits in {view} for {view.Absent[0]}";
            }

            if (process.Machine.Status != MemberStatus.Up || !process.Machine.IsReady)
            {
                return $"{process.Member} is {process.Machine.Status} and not ready";
            }

            if (!process.Machine.HasPermission(process.Now))
            {
                return $"{process.Member} has no permission at {cluster.Queue.Now}";
            }
        }

        return null;
    }

    private static string? WhyCopiesDiffer(SimulatedCluster cluster, SimulatedProcess[] members)
    {
        int nodes = members.Count(static process => process.Role == MemberRole.Node);
        foreach ((SessionId session, List<HeldCopy> copies) in CopiesBySession(members))
        {
            string name = cluster.NameOf(session);
            List<HeldCopy> primaries = copies.FindAll(static copy => copy.Description.IsPrimary);
            if (primaries.Count != 1)
            {
                return $"{name} should have 1 primary, but has {string.Join(", ", copies)}";
            }

            long expected = Math.Min(1L + cluster.Options.BackupsOf(primaries[0].Holder), nodes);
            if (copies.Count != expected)
            {
                return $"{name} should have {expected} copies, but has {string.Join(", ", copies)}";
            }

            if (copies.Exists(copy => copy.Description.Version.Sequence != primaries[0].Description.Version.Sequence
                || copy.Description.Bytes != primaries[0].Description.Bytes))
            {
                return $"the copies of {name} differ: {string.Join(", ", copies)}";
            }

            if (members.FirstOrDefault(process => !Knows(process, session, copies)) is { } wrong)
            {
                return $"{wrong.Member} believes that {name} is on {wrong.Machine.PlacementOf(session)?.ToString() ?? "nobody"}, "
                    + $"but it is on {string.Join(", ", copies)}";
            }
        }

        return null;
    }

    /// <summary>Copies of one version may differ in nothing; looked at last, as it compares every value.</summary>
    private static string? WhyValuesDiffer(SimulatedCluster cluster, SimulatedProcess[] members)
    {
        foreach ((SessionId session, List<HeldCopy> copies) in CopiesBySession(members))
        {
            SessionState? first = StateAt(copies[0]);
            int other = copies.FindIndex(copy => StateAt(copy) is not { } state || first?.HasContentOf(state) != true);
            if (other >= 0)
            {
                return $"the values of {cluster.NameOf(session)} differ at {copies[0].Holder} and {copies[other].Holder}";
            }

            SessionState? StateAt(HeldCopy copy) =>
                Array.Find(members, process => process.Member == copy.Holder)?.Machine.StateOf(session);
        }

        return null;
    }

    /// <summary>I8: nobody remembers a living session that the others do not know.</summary>
    private static string? WhyMapsDiffer(SimulatedProcess[] members)
    {
        SimulatedProcess? other = Array.Find(
            members, process => process.Machine.LocationCount != members[0].Machine.LocationCount);
        return other is null
            ? null
            : $"{members[0].Member} knows {members[0].Machine.LocationCount} living sessions, "
                + $"but {other.Member} knows {other.Machine.LocationCount}";
    }

    private static string? WhyCountsDiffer(SimulatedCluster cluster, SimulatedProcess[] members)
    {
        foreach (SimulatedProcess process in members)
        {
            int nodes = members.Count(static other => other.Role == MemberRole.Node);
            long desired = Math.Min(1L + cluster.Options.BackupsOf(process.Member), cluster.Options.Nodes);
            ReplicationNode machine = process.Machine;
            int primaries = machine.Copies.Count(static copy => copy.IsPrimary);
            int backups = machine.Copies.Count(static copy => !copy.IsPrimary);
            int unprotected = nodes >= desired ? 0 : primaries;
            if (machine.PrimaryCount != primaries || machine.BackupCount != backups
                || machine.UnprotectedCount != unprotected)
            {
                return $"{process.Member} counts {machine.PrimaryCount} primaries, {machine.BackupCount} backups, "
                    + $"{machine.UnprotectedCount} unprotected, but has {primaries}, {backups}, {unprotected}";
            }
        }

        return null;
    }

    /// <summary>
    /// Nothing, where all others are in one view without a node that is away, and serve; else who is not.
    /// </summary>
    public static string? WhyNotGoneOnWithout(SimulatedCluster cluster, SimulatedNode away)
    {
        SimulatedProcess[] others = [.. cluster.Processes.Where(process => process.Node != away)];
        if (cluster.Options.Backups == 0 || others.Length * 2 <= cluster.Nodes.Count)
        {
            return null;
        }

        SimulatedProcess? late = Array.Find(
            others,
            process => process.Machine.View.Find(away.Id) is not null || !process.Machine.HasPermission(process.Now));
        return late is null ? null : $"{late.Member} waits in {late.Machine.View}, though {away} is away for long";
    }

    /// <summary>What is given away somebody has taken.</summary>
    private static string? WhyNotTaken(SimulatedCluster cluster, SimulatedProcess[] members)
    {
        foreach (SimulatedProcess process in members)
        {
            foreach (SessionCopy copy in process.Machine.Inspection.Copies)
            {
                if (copy.Work is { GivenAway: not null } work)
                {
                    return $"{process.Member} has given {cluster.NameOf(copy.Session)} to {work.GivenTo}, "
                        + "which has not taken it";
                }
            }
        }

        return null;
    }

    /// <summary>A session without copies is gone, and nobody believes otherwise.</summary>
    private static string? WhyGhostsAreLeft(SimulatedCluster cluster, SimulatedProcess[] members)
    {
        foreach (SessionHistory session in cluster.History.Sessions)
        {
            SimulatedProcess? believer = members.FirstOrDefault(
                process => process.Machine.PlacementOf(session.Id) is { IsAlive: true });
            if (believer is not null && members.All(process => process.Machine.StateOf(session.Id) is null))
            {
                return $"{believer.Member} believes that {session.Name} is on "
                    + $"{believer.Machine.PlacementOf(session.Id)}, but nobody has a copy";
            }
        }

        return null;
    }

    private static Dictionary<SessionId, List<HeldCopy>> CopiesBySession(SimulatedProcess[] members)
    {
        var copies = new Dictionary<SessionId, List<HeldCopy>>();
        foreach (SimulatedProcess process in members)
        {
            foreach (CopyDescription copy in process.Machine.Copies)
            {
                if (!copies.TryGetValue(copy.Session, out List<HeldCopy>? held))
                {
                    held = [];
                    copies.Add(copy.Session, held);
                }

                held.Add(new HeldCopy(process.Member, copy));
            }
        }

        return copies;
    }

    private static bool Knows(SimulatedProcess process, SessionId session, List<HeldCopy> copies) =>
        process.Machine.PlacementOf(session) is { IsAlive: true } placement
        && placement.Holders.Count == copies.Count
        && copies.TrueForAll(copy => placement.Contains(copy.Holder)
            && copy.Description.IsPrimary == (placement.Primary == copy.Holder));

    private readonly record struct HeldCopy(Member Holder, CopyDescription Description)
    {
        public override string ToString() =>
            $"{Holder} ({(Description.IsPrimary ? "primary" : "backup")} {Description.Version}, {Description.Bytes} bytes)";
    }
}
