using SessionCluster.Replication.Membership;

namespace SessionCluster.Simulation;

/// <summary>
/// The truth about the views: that one number is one view for all, who has acted in the newest one, and whether a
/// second cluster was founded.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class ViewLedger(SimulatedCluster cluster)
{
    private readonly List<Member> _newestViewIn = [];
    private readonly HashSet<Member> _haveActed = [];
    private readonly HashSet<Member> _founders = [];
    private IReadOnlyList<ViewMember> _newestMembers = [];
    private long _newestView;
    private readonly Dictionary<long, (View View, List<Member> Acted)> _acted = [];
    private readonly LonelyViews _lonely = new(cluster);
    private readonly Dictionary<Member, long> _latest = [];
    private readonly HashSet<(Member By, long Number)> _divisions = [];
    private View? _first;
    private bool _isFoundedAgain;

    /// <summary>How often a cluster was founded while members of another one lived.</summary>
    public int SecondFoundings { get; private set; }

    /// <summary>Whether there are two clusters, of which neither knows what the other does.</summary>
    public bool IsSplit { get; set; }

    /// <summary>A member knows of a view, and acts in it or is not in it.</summary>
    public void Note(SimulatedProcess process, View view, bool acts)
    {
        if (view.Number == 1 && acts)
        {
            NoteFounding(process, view);
        }

        _lonely.Note(process, view, acts);
        CheckThatDivisionIsNew(process, view, acts);
        CheckThatViewsAgree(process, view);
        CheckThatNoOtherBegan(process, view, acts);
        if (view.Number > _newestView)
        {
            _newestView = view.Number;
            _newestMembers = view.Members;
            _newestViewIn.Clear();
        }

        if (view.Number == _newestView && acts)
        {
            _newestViewIn.Add(process.Member);
        }

        if (acts)
        {
            _haveActed.Add(process.Member);
        }
    }

    /// <summary>
    /// A number is one view for all who live, as long as there was one founding: a second one counts from 1 again. What
    /// only the dead knew, and who has left, may be decided once more, and otherwise; see the limits.
    /// </summary>
    private void CheckThatViewsAgree(SimulatedProcess process, View view)
    {
        _first ??= view;
        _isFoundedAgain |= view.Number == 1 && !_first.Members.SequenceEqual(view.Members);
        foreach (SimulatedProcess other in cluster.ProcessSpan)
        {
            View its = other.Machine.View;
            if (!_isFoundedAgain && !other.IsDrained && its.Number == view.Number && !its.Members.SequenceEqual(view.Members)
                && !NoteTwin(process, view, other, its))
            {
                throw new SimulationFailedException($"{process.Member} is in {view}, but {other.Member} is in {its}");
            }
        }
    }

    /// <summary>Who divides once more, be it from the same view with as many, begins another lineage.</summary>
    private void CheckThatDivisionIsNew(SimulatedProcess process, View view, bool acts)
    {
        if (!acts)
        {
            return;
        }

        bool isEntered = !_latest.TryGetValue(process.Member, out long former) || former != view.Number;
        _latest[process.Member] = view.Number;
        if (isEntered && ViewNumber.IsDivision(view.Number) && !_divisions.Add((process.Member, view.Number)))
        {
            throw new SimulationFailedException($"{process.Member} begins {view}, as it has once before");
        }
    }

    /// <summary>Also those who have gone on since, and live, have acted in the same view under its number.</summary>
    private void CheckThatNoOtherBegan(SimulatedProcess process, View view, bool acts)
    {
        if (_isFoundedAgain || !acts)
        {
            return;
        }

        if (!_acted.TryGetValue(view.Number, out (View View, List<Member> Acted) known))
        {
            _acted.Add(view.Number, known = (view, []));
        }
        else if (!known.View.Members.SequenceEqual(view.Members))
        {
            foreach (SimulatedProcess other in cluster.ProcessSpan)
            {
                if (other != process && !other.IsDrained && known.Acted.Contains(other.Member)
                    && other.Machine.View.Number > view.Number && other.Machine.View.Contains(other.Member)
                    && !NoteTwin(process, view, other, known.View))
                {
                    throw new SimulationFailedException(
                        $"{process.Member} begins {view}, but {other.Member} was in {known.View}");
                }
            }

            _acted[view.Number] = known = (view, []);
        }

        known.Acted.Add(process.Member);
    }

    /// <summary>
    /// Notes that there are two views of one number, if that is so because a process went on alone beside the other; see
    /// the limits. From then on there are two clusters.
    /// </summary>
    private bool NoteTwin(SimulatedProcess process, View view, SimulatedProcess other, View its)
    {
        bool isTwin = _lonely.WasUnheard(view, other) || _lonely.WasUnheard(its, process);
        _isFoundedAgain |= isTwin;
        IsSplit |= isTwin;
        return isTwin;
    }

    /// <summary>
    /// Everybody who acted in the newest view is dead, or all its members that ever had a map where nobody has yet, so
    /// more than one fault struck at once; see the limits.
    /// </summary>
    public bool TakeNewestIsDead(IReadOnlySet<Member> ended)
    {
        bool isDead = _newestViewIn.Count > 0
            ? _newestViewIn.TrueForAll(ended.Contains)
            : _newestMembers.All(member => ended.Contains(member.Member) || !_haveActed.Contains(member.Member));
        if (_newestView == 0 || !isDead)
        {
            return false;
        }

        _newestView = 0;
        return true;
    }

    /// <summary>
    /// Fresh processes that can neither reach nor rule out an older cluster found their own after a while, where they
    /// are a majority of the configuration. So it is decided (see the protocol's limits), and nothing is promised then.
    /// </summary>
    private void NoteFounding(SimulatedProcess founder, View founded)
    {
        _founders.Add(founder.Member);
        foreach (SimulatedProcess other in cluster.ProcessSpan)
        {
            // It may have been made a member while it was stopped, and not know it yet.
            View view = other.Machine.View;
            if (other != founder && view.Number > 0 && (view.Contains(other.Member) || other.IsPaused)
                && (!founded.Contains(other.Member) || HasJoinedBefore(other)))
            {
                IsSplit = true;
                SecondFoundings++;
                return;
            }
        }
    }

    /// <summary>
    /// Whether a process that is named as a founder has gone into the older cluster since it was heard last: it is far
    /// from a first view, and has not been in one.
    /// </summary>
    private bool HasJoinedBefore(SimulatedProcess named) =>
        named.Machine.View.Number > 2 && !_founders.Contains(named.Member);
}
