using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// Sessions of which this member reads in another's map that they are lost, as it enters a view late: those who were in
/// time have decided so by themselves, and have said it.
/// </summary>
internal sealed class LearnedLosses(NodeContext context)
{
    private int _count;
    private bool _isNewcomer = true;
    private Member _firstBefore;

    /// <summary>The map of another member has taken the place of this one's.</summary>
    public void NoteIfLost(LocationRecord record, Configuration former)
    {
        if (record.Configuration.Placement.IsLost && former is { Counter: > 0, Placement.IsAlive: true })
        {
            _count++;
        }
    }

    /// <summary>A newer view is known. What was lost in one without this member, others have said.</summary>
    public void Entered() => _isNewcomer |= !context.Views.IsMember;

    /// <summary>
    /// A view is in force, and its map is here. Who counts for the whole cluster counts what it was to count before.
    /// </summary>
    public void Report(View view)
    {
        Member first = view.Members[0].Member;
        if (_count > 0 && !_isNewcomer)
        {
            context.Report(new SessionsLost(_count, first == context.Self && _firstBefore == context.Self));
        }

        (_count, _isNewcomer, _firstBefore) = (0, false, first);
    }
}
