using System.Net;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>A configured peer: where it listens, and the one link to it, if there is one.</summary>
internal sealed class RemotePeer(NodeId node, DnsEndPoint endPoint, TimeSpan longestDial)
{
    private readonly Lock _gate = new();
    private volatile PeerLink? _link;
    private TaskCompletionSource _linkEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public NodeId Node => node;

    public DnsEndPoint EndPoint => endPoint;

    /// <summary>The link, also while its end is not yet said.</summary>
    public PeerLink? Link => _link;

    /// <summary>Done when the link that is there now, or else the next one, has ended.</summary>
    public Task LinkEnded
    {
        get
        {
            lock (_gate)
            {
                return _linkEnded.Task;
            }
        }
    }

    /// <summary>Done when nothing of the links that were here is left.</summary>
    public Task Released { get; private set; } = Task.CompletedTask;

    /// <summary>Lets a link take its place, unless there is a better one.</summary>
    /// <param name="link">The link.</param>
    /// <param name="decides">Whether this end decides which of two connections stays; else it obeys.</param>
    /// <param name="predecessor">The link whose place it takes.</param>
    public bool TryAdopt(PeerLink link, bool decides, out PeerLink? predecessor)
    {
        lock (_gate)
        {
            predecessor = _link;
            if (predecessor is not null && !predecessor.IsClosed && !IsReplaced(predecessor, link, decides))
            {
                return false;
            }

            _link = link;
            return true;
        }
    }

    /// <summary>Frees the place after a link's end was said.</summary>
    /// <param name="link">The link.</param>
    /// <param name="released">Done when nothing of it is left.</param>
    public void Release(PeerLink link, Task released)
    {
        TaskCompletionSource ended;
        lock (_gate)
        {
            if (_link == link)
            {
                _link = null;
            }

            Released = Task.WhenAll(Released, released);
            ended = _linkEnded;
            _linkEnded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        ended.SetResult();
    }

    /// <summary>
    /// A new process replaces the old one, and never the other way round. Of two connections to one process, both
    /// dialed at once, the first stays. But a peer that has a link does not dial: where the link is older than a dial
    /// can be, the peer has lost it, and this end just does not know yet.
    /// </summary>
    private bool IsReplaced(PeerLink old, PeerLink link, bool decides) =>
        link.Peer.Incarnation != old.Peer.Incarnation
            ? link.Peer.Incarnation > old.Peer.Incarnation
            : !decides || old.Age > longestDial;
}
