using SessionCluster.Replication.Membership;

namespace SessionCluster.Simulation;

/// <summary>
/// Whoever goes on alone, as all others of its view are dead, may have been gone on without before they died. So each
/// process that it hears then has answered since, to a question that was put after the last of these deaths, that it
/// knows of no next view; unless the deaths are so long ago that whoever knows of one would have said so.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class LastOneChecker(SimulatedCluster cluster)
{
    private readonly Dictionary<(Member By, Member Of, long Number, Ballot Ballot), Instant> _asked = [];
    private readonly Dictionary<(Member By, Member Of), (long Number, Instant AskedAt)> _ignorant = [];
    private readonly HashSet<(Member By, long Number)> _voted = [];
    private readonly HashSet<(Member By, Member Left)> _farewells = [];
    private readonly Dictionary<Member, (View View, Instant At)> _decided = [];

    /// <summary>The view in which the step under way began.</summary>
    private View? _present;

    private bool _isTold;

    /// <summary>A member is about to take a step.</summary>
    public void Before(SimulatedProcess process, Member from, Message? heard)
    {
        (_present, _isTold) = (process.Machine.View, heard is ViewInstall);
        switch (heard)
        {
            case ViewRefused refused
                when _asked.TryGetValue(
                    (process.Member, from, refused.Number, refused.Ballot), out Instant askedAt):
                KeepLatest((process.Member, from), (refused.Number, askedAt));
                break;
            case Farewell:
                _farewells.Add((process.Member, from));
                break;
            case ViewPromise promise:
                _voted.Add((process.Member, promise.Number));
                break;
            case ViewAccepted accepted:
                _voted.Add((process.Member, accepted.Number));
                break;
        }
    }

    /// <summary>An answer to an earlier question, which may come again, takes nothing from a later one.</summary>
    private void KeepLatest((Member By, Member Of) pair, (long Number, Instant AskedAt) answer)
    {
        if (!_ignorant.TryGetValue(pair, out (long Number, Instant AskedAt) known) || answer.AskedAt >= known.AskedAt)
        {
            _ignorant[pair] = answer;
        }
    }

    /// <summary>A member asks another one to follow its attempt, or whether it knows of a next view.</summary>
    public void Asked(SimulatedProcess by, Member to, ViewPrepare prepare) =>
        _asked.TryAdd((by.Member, to, prepare.Number, prepare.Ballot), by.Now);

    /// <summary>A member tells another one which view is in force.</summary>
    public void Told(SimulatedProcess by, Member to, ViewInstall install)
    {
        if (!_isTold)
        {
            _decided[by.Member] = (install.View, by.Now);
        }

        if (_isTold || _present is not { Number: > 0 } present || install.View.Number != present.Number + 1
            || !ReferenceEquals(by.Machine.View, install.View) || present.Contains(to)
            || cluster.Options.PartitionPolicy != PartitionPolicy.Majority
            || LastDeath(by, present) is not { } death || IsLongAgo(by, death)
            || !by.Machine.Inspection.Hears(to))
        {
            return;
        }

        bool hasAnswered = _ignorant.TryGetValue((by.Member, to), out (long Number, Instant AskedAt) answer)
            && answer.Number == install.View.Number && answer.AskedAt >= death;
        if (!hasAnswered)
        {
            throw new SimulationFailedException(
                $"{by.Member} goes on alone to {install.View}, and has not asked {to} whether others had gone on");
        }
    }

    /// <summary>A member may serve from now on.</summary>
    public void Permitted(SimulatedProcess by, LeaseChecker leases)
    {
        View view = by.Machine.View;
        if (view.Number == 0 || cluster.Options.PartitionPolicy != PartitionPolicy.Majority
            || LastDeath(by, view) is not { } death || IsLongAgo(by, death) || IsAnyGranted(by, view, leases)
            || HasJustDecided(by, view))
        {
            return;
        }

        foreach (SimulatedProcess other in cluster.ProcessSpan)
        {
            bool isAsked = other == by || view.Contains(other.Member) || !by.Machine.Inspection.IsLinked(other.Member)
                || !by.Machine.Inspection.Hears(other.Member)
                || (_ignorant.TryGetValue((by.Member, other.Member), out (long Number, Instant AskedAt) answer)
                    && answer.Number == view.Number + 1 && answer.AskedAt >= death);
            if (!isAsked)
            {
                throw new SimulationFailedException(
                    $"{by.Member} serves alone in {view}, and has not asked {other.Member} whether others had gone on");
            }
        }
    }

    /// <summary>After some time, by its own clock, a member goes on where nobody says that it knows more.</summary>
    private bool IsLongAgo(SimulatedProcess by, Instant death) => by.Now - death > cluster.LongestPatience;

    /// <summary>Nobody excludes for silence before the view has lasted for some time, and nobody knew of it earlier.</summary>
    private bool HasJustDecided(SimulatedProcess by, View view) =>
        _decided.TryGetValue(by.Member, out (View View, Instant At) decided) && ReferenceEquals(decided.View, view)
            && by.Now - decided.At < cluster.Options.SuspectAfter;

    /// <summary>What was granted lasts, though whoever has granted it has died.</summary>
    private static bool IsAnyGranted(SimulatedProcess by, View view, LeaseChecker leases)
    {
        foreach (ref readonly ViewMember member in view.Span)
        {
            if (member.Member != by.Member && leases.IsGrantedBy(member.Member, by))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// When the last of the others died, as it knows; nothing where it decides with others or breaks the tie. Who has
    /// left before has told it of the view in which it did.
    /// </summary>
    private Instant? LastDeath(SimulatedProcess by, View present)
    {
        Instant? latest = null;
        foreach (ref readonly ViewMember member in present.Span)
        {
            if (member.Member != by.Member)
            {
                if (!by.Machine.Inspection.IsGone(member.Member))
                {
                    return null;
                }

                Instant? death = _farewells.Contains((by.Member, member.Member))
                    ? null
                    : by.Machine.Inspection.DeathOf(member.Member);
                latest = latest is null || death > latest ? death : latest;
            }
        }

        bool breaksTheTie = present.Members.Count == 2 && Quorum.TieBreaker(present) == by.Member;
        return breaksTheTie || _voted.Contains((by.Member, present.Number + 1)) ? null : latest;
    }
}
