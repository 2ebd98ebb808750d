using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// The sessions that this node has backed up and is to lead, as their primary is not in the view. Nobody else may, so
/// there is no hurry: one that a request asks for is promoted at once, the others a bounded number at a time, so that
/// requests are answered in between. Until then it is a backup like any other.
/// </summary>
internal sealed class Promotions(NodeContext context, Reconfigurer reconfigurer)
{
    private readonly Queue<SessionCopy> _waiting = new();
    private Instant _nextAt;

    /// <summary>How many sessions are led by nobody yet.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// When the next ones are to be promoted. Who has promised the next view leaves the rest to that.
    /// </summary>
    public Instant NextAt => Count > 0 && MayPromote ? _nextAt : Instant.Never;

    private bool MayPromote => context is { HasLeft: false, Views: { IsServing: true, IsSealed: false } };

    /// <summary>There is another view, and it means something else.</summary>
    public void ViewChanged()
    {
        foreach (SessionCopy copy in _waiting)
        {
            copy.IsToLead = false;
        }

        _waiting.Clear();
        Count = 0;
    }

    public void Add(SessionCopy copy)
    {
        copy.IsToLead = true;
        Count++;
        _waiting.Enqueue(copy);
    }

    /// <summary>Promotes a session that is wanted now.</summary>
    /// <returns>The copy, where that has made it a primary's.</returns>
    public SessionCopy? PromoteIfDue(SessionId session) =>
        Count > 0 && MayPromote && context.Map.CopyOf(session) is { IsToLead: true } copy && TryPromote(copy)
            ? copy : null;

    /// <summary>Promotes as many as one step may.</summary>
    public void Continue()
    {
        if (!MayPromote)
        {
            return;
        }

        _nextAt = context.Now + context.Settings.PromotionPause;
        int taken = 0;
        while (taken < context.Settings.PromotionsAtOnce && _waiting.TryDequeue(out SessionCopy? copy))
        {
            if (copy.IsToLead)
            {
                TryPromote(copy);
                taken++;
            }
        }
    }

    /// <summary>
    /// A copy that a member of a coming view has told something meanwhile stays as it is: what it has acknowledged
    /// then, it keeps, and that view will say who leads it.
    /// </summary>
    private bool TryPromote(SessionCopy copy)
    {
        copy.IsToLead = false;
        Count--;
        View view = context.Views.Current;
        bool isDue = context.Map.TryGet(copy.Session, out Location location)
            && ReferenceEquals(location.Copy, copy) && !copy.IsPrimary
            && location.Placement is { IsAlive: true } placement && !view.Contains(placement.Primary)
            && !ViewNumber.IsLater(copy.ToldInView, view.Number);
        if (isDue)
        {
            context.Map.SetRole(copy, isPrimary: true);
            reconfigurer.Promote(copy, location.Configuration);
        }

        return isDue;
    }
}
