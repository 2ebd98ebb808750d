using SessionCluster.Replication.Membership;

namespace SessionCluster.Simulation;

/// <summary>
/// Does what is planned in a story, as a person would: a node is stopped only when it says that this is safe.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="change">What is planned.</param>
/// <param name="node">For which node.</param>
internal sealed class PlannedWork(SimulatedCluster cluster, PlannedChange change, SimulatedNode node)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Stopped = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(30);

    private SimulatedProcess? _leaving;

    /// <summary>For which node it is done.</summary>
    public SimulatedNode Node => node;

    /// <summary>Whether nothing more is to be done.</summary>
    public bool IsOver { get; private set; } = change == PlannedChange.None;

    /// <summary>The work begins.</summary>
    public void Begin()
    {
        switch (change)
        {
            case PlannedChange.Join:
                StartAgain();
                break;
            case PlannedChange.Restart when node.Process is { } process:
                _leaving = process;
                cluster.Trace.Did(node, "is asked to leave");
                process.Take(new StartDrain(MayLeave: false, MayLose: false));
                cluster.Queue.After(LookEvery, GoOn);
                break;
            default:
                IsOver = true;
                break;
        }
    }

    /// <summary>Unless it is this very node that is cut off or stopped, the work comes to its end.</summary>
    /// <exception cref="SimulationFailedException">It does not.</exception>
    public void End() => cluster.RunUntil(() => IsOver, EndsWithin, $"{node} leaves and comes back");

    private void GoOn()
    {
        if (node.Process != _leaving)
        {
            // It has died of the fault, which lasts.
            IsOver = true;
        }
        else if (_leaving!.IsDrained)
        {
            cluster.Kill(node);
            cluster.Queue.After(Stopped, StartAgain);
        }
        else if (_leaving is { IsPaused: false, Machine.Status: not MemberStatus.Leaving })
        {
            // Nobody could take what it has, and it said that it stays.
            IsOver = true;
        }
        else
        {
            if (_leaving is { IsPaused: false, Machine: { PrimaryCount: 0, BackupCount: 0 } })
            {
                _leaving.Take(new StartDrain(MayLeave: true, MayLose: false));
            }

            cluster.Queue.After(LookEvery, GoOn);
        }
    }

    private void StartAgain()
    {
        IsOver = true;
        if (!node.IsUp)
        {
            cluster.Start(node);
        }
    }
}
