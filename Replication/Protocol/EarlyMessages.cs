using System.Diagnostics.CodeAnalysis;
using SessionCluster.Replication.Membership;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// What was said in a view that this member has not entered yet. Each connection keeps its order, but not two of them
/// together: who enters first may speak to others before the proposer's news of the view has reached them. Its words
/// wait here, where they would else be said again only after a time-out.
/// </summary>
internal sealed class EarlyMessages(NodeContext context)
{
    private readonly Queue<(Member From, Message Message)> _waiting = new();

    /// <summary>Keeps a message of a coming view.</summary>
    /// <returns>Whether the message is one.</returns>
    public bool TryKeep(Member from, Message message)
    {
        if (ViewOf(message) is not { } view || !IsComing(view))
        {
            return false;
        }

        context.Peers.Find(from.Node)?.NoteName(view);
        if (_waiting.Count < context.Settings.EarlyMessagesKept)
        {
            _waiting.Enqueue((from, message));
        }

        return true;
    }

    /// <summary>
    /// Takes the next message that can be handled now. What is of a past view is forgotten, as if it came now.
    /// </summary>
    public bool TryTake(out Member from, [NotNullWhen(true)] out Message? message)
    {
        for (int count = _waiting.Count; count > 0; count--)
        {
            (from, message) = _waiting.Dequeue();
            if (IsComing(ViewOf(message)!.Value))
            {
                _waiting.Enqueue((from, message));
            }
            else if (context.Views.Current.Contains(from))
            {
                return true;
            }
        }

        (from, message) = (default, null);
        return false;
    }

    /// <summary>A group that divides goes on in a view of another lineage, which is not simply the next one.</summary>
    private bool IsComing(long view) =>
        ViewNumber.IsLater(view, context.Views.Current.Number)
        || view == context.Views.AcceptedView?.Number
        || (view == context.Views.Current.Number && context.Views.IsMember && !context.Views.IsActive);

    /// <summary>The view that a message is of, where it can be handled in that view only.</summary>
    private static long? ViewOf(Message message) => message switch
    {
        RecordLocations records => records.View,
        TakeOver takeOver => takeOver.View,
        Stale stale => stale.View,
        _ => null,
    };
}
