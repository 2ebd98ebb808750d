using SessionCluster.Replication.Membership;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// What a view means for the sessions with the same holders. There are few such sets and very many sessions, so it is
/// found out once for each set.
/// </summary>
internal sealed class Successions(NodeContext context, HolderChooser holders, View view)
{
    private readonly Dictionary<Placement, Succession> _known = [];
    private Placement? _latest;
    private Succession _latestSuccession;

    public ref readonly Succession Of(Placement placement)
    {
        if (!ReferenceEquals(_latest, placement))
        {
            (_latest, _latestSuccession) = (placement, Find(placement));
        }

        return ref _latestSuccession;
    }

    private Succession Find(Placement placement)
    {
        if (!_known.TryGetValue(placement, out Succession succession))
        {
            succession = new Succession(
                placement.Holders.All(holder => !view.Contains(holder) && !view.IsAbsent(holder)),
                placement.Holders.FirstOrDefault(view.Contains),
                placement.Contains(context.Self),
                holders.IsEnough(placement));
            _known.Add(placement, succession);
        }

        return succession;
    }
}

/// <summary>What a view means for sessions.</summary>
/// <param name="AreAllGone">Whether every holder is gone for good, so that they are lost.</param>
/// <param name="Owner">Who leads them: the first holder in the view; nobody where none is.</param>
/// <param name="IsHolder">Whether this node holds them.</param>
/// <param name="IsEnough">Whether their holders are as many and as good as they could be.</param>
internal readonly record struct Succession(bool AreAllGone, Member Owner, bool IsHolder, bool IsEnough);
