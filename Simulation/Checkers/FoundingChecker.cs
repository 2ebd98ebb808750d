using SessionCluster.Replication.Membership;

namespace SessionCluster.Simulation;

/// <summary>
/// Nobody founds a cluster, or gives up what it has of one, while somebody is connected who has said that it lives in
/// one, or in a later view: that one is joined, and a second one would call its sessions new.
/// </summary>
internal sealed class FoundingChecker
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
            && WhoLivesAfter(by, 0) is { } other
            ? $"founds a cluster, though {other}" : null;

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
