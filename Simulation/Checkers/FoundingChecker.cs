using SessionCluster.Replication.Membership;

namespace SessionCluster.Simulation;

/// <summary>
/// Nobody founds a cluster, or gives up what it has of one, while somebody is connected who has said that it lives in
/// one, or in a later view: that one is joined, and a second one would call its sessions new. Nor does anybody found one
/// while a configured peer has neither answered nor refused, for as long as that may still come.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class FoundingChecker(SimulatedCluster cluster)
{
    /// <summary>In which view each has said last that it lives, to whom serves in none.</summary>
    private readonly Dictionary<(Member By, Member From), long> _said = [];

    private readonly HashSet<(Member By, Ballot Ballot)> _asked = [];

    private long _view;

    /// <summary>A member is about to take a step.</summary>
    public void Before(SimulatedProcess process, Member from, Message? heard)
    {
        _view = process.Machine.View.Number;
        if (heard is Heartbeat heartbeat && !process.Machine.Inspection.IsServing)
        {
            _said[(process.Member, from)] = heartbeat.View;
        }
    }

    /// <summary>A member has taken a step.</summary>
    public void Stepped(SimulatedProcess process)
    {
        if (_view > 0 && process.Machine.View.Number == 0 && WhoLivesAfter(process, _view) is { } other)
        {
            throw new SimulationFailedException(
                $"{process.Member} gives up what it has and begins anew after view {_view}, though {other}");
        }
    }

    /// <summary>
    /// A member asks others to follow its attempt. What it has attempted before, it may say again: that others have gone
    /// on with it meanwhile, it learns from their answers.
    /// </summary>
    /// <returns>Which rule that breaks, or nothing.</returns>
    public string? Asked(SimulatedProcess by, ViewPrepare prepare) =>
        by.Machine.View.Number == 0 && prepare.Number == 1 && _asked.Add((by.Member, prepare.Ballot))
            && (WhoLivesAfter(by, 0) ?? WhoMaySayMore(by)) is { } other
            ? $"founds a cluster, though {other}" : null;

    /// <summary>A peer of which a process that has just started cannot know whether a cluster runs there.</summary>
    private string? WhoMaySayMore(SimulatedProcess process)
    {
        TimeSpan age = process.Now - process.StartedAt;
        if (age < cluster.Options.FoundingPatienceOf(process.Member))
        {
            foreach (SimulatedNode node in cluster.Nodes)
            {
                if (node != process.Node && !process.Machine.Inspection.HasAnsweredOrRefused(node.Id))
                {
                    return $"{node.Id} has neither answered nor refused since it started {age} ago";
                }
            }
        }

        return null;
    }

    private string? WhoLivesAfter(SimulatedProcess process, long view)
    {
        foreach (((Member member, Member from), long its) in _said)
        {
            if (member == process.Member && ViewNumber.IsLater(its, view) && process.Machine.Inspection.IsLinked(from)
                && process.Machine.Inspection.Hears(from))
            {
                return $"{from} has said that it lives in view {its}";
            }
        }

        return null;
    }
}
