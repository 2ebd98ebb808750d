using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// For how long members have been absent from the view. A session that only absent ones hold is served by nobody, and
/// they may stay away for ever; when it could not have been used for its time, it has expired like any other.
/// </summary>
internal sealed class Absences(NodeContext context)
{
    private readonly Dictionary<Member, Instant> _since = [];
    private long _view;

    /// <summary>
    /// How long after its last possible use a session has surely expired, also by a clock that is slower than this one.
    /// </summary>
    private TimeSpan Patience => context.Settings.IdleTimeout * 1.5;

    /// <summary>
    /// There is another view. Where this member has missed some in between, somebody may have been a member in those.
    /// </summary>
    public void ViewChanged()
    {
        View view = context.Views.Current;
        if (view.Number != _view + 1)
        {
            _since.Clear();
        }

        _view = view.Number;
        foreach (Member member in _since.Keys)
        {
            if (!view.IsAbsent(member))
            {
                _since.Remove(member);
            }
        }

        foreach (Member member in view.Absent)
        {
            _since.TryAdd(member, context.Now);
        }
    }

    /// <summary>
    /// Whether a session has expired though nobody who holds it can say so, and it is this member's to end it: nobody
    /// leads it in this view, so the first node ends it. Where sides may serve on their own it may be in use.
    /// </summary>
    public bool HasExpired(in Location location) =>
        _since.Count > 0
        && !context.Settings.ServesDivided
        && location is { IsRecorded: true, Copy: null, Placement: { IsAlive: true } placement }
        && placement.Holders.All(HasBeenAwayForLong)
        && context.Views.Current.Members.First(static member => member.Role == MemberRole.Node).Member == context.Self;

    private bool HasBeenAwayForLong(Member holder) => !context.Views.Current.Contains(holder)
        && (!context.Views.Current.IsAbsent(holder)
            || (_since.TryGetValue(holder, out Instant since) && context.Now - since >= Patience));
}
