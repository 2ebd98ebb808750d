using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication;

/// <summary>What one part's news means to the others: a view, a record, a session that is served or lost.</summary>
internal sealed partial class NodeParts
{
    /// <summary>A newer view is known; until its map is here, this member does nothing in it.</summary>
    private void Entered(bool hasMap)
    {
        _proposer.Abandon();
        _promotions.ViewChanged();
        _ends.Entered(_recorder.Unconfirmed);
        _recorder.ViewChanged();
        _takeOvers.ViewChanged();
        _handOvers.ViewChanged();
        _locator.ViewChanged();
        _endings.ViewChanged();
        _absences.ViewChanged();
        _losses.Entered();
        if (_context.Status != MemberStatus.Leaving)
        {
            // Who has agreed the view tells of it at once, and must not seem to lack its map.
            _context.Status = hasMap && _context.Views.IsMember ? MemberStatus.Up : MemberStatus.Joining;
        }

        Heartbeats.RenewLease();
        if (_context.Settings.ServesDivided)
        {
            // What is said from now on is said in another lineage, perhaps.
            Heartbeats.SendAll();
        }

        if (!_context.Views.IsMember)
        {
            _context.Report(new ViewInstalled(_context.Views.Current, Includes: false));
            _requests.Excluded();
            _follower.Excluded();
            _joining.Hurry();
        }
    }

    private void Activated(View view, bool isAgreed)
    {
        if (_context.Status != MemberStatus.Leaving)
        {
            _context.Status = MemberStatus.Up;
        }

        _planner.ViewChanged();
        _context.Report(new ViewInstalled(view, Includes: true));
        if (ViewNumber.IsDivision(view.Number))
        {
            _context.Report(new SidesDivided(view));
        }

        LookForSides();
        _reunion.Joined();
        _handIns.ViewChanged(_division.IsKnown);
        Heartbeats.RenewLease();
        Heartbeats.SendAll();
        _losses.Report(view);
        _reconciler.Reconcile(view, isAgreed);
        _router.ReceiveEarly();
    }

    private void Recorded(SessionId session, Configuration configuration)
    {
        if (!configuration.Placement.IsAlive)
        {
            _endings.Ended(session);
        }
        else if (_context.Map.CopyOf(session) is { IsPrimary: true } copy)
        {
            _reconfigurer.Recorded(copy, configuration);
        }
    }

    private void DropLost(SessionId session)
    {
        if (_context.Map.CopyOf(session) is { } copy)
        {
            _follower.Drop(copy, CommitResult.Lost);
        }

        _requests.Resume(session);
    }

    private void InForce(SessionCopy copy)
    {
        _protection.InForce(copy);

        // Before it can be given away again.
        _requests.Run(copy.Session);
    }

    /// <summary>Sees whether others may serve on their own, and goes on alone where there is nobody to join.</summary>
    private void LookForSides()
    {
        _division.Tick();
        if (!_context.IsGoingOver && _division.Solitude() is { } alone)
        {
            _learner.Install(alone);
        }
    }
}
