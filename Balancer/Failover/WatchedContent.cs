using System.Net;
using Microsoft.Extensions.ObjectPool;

namespace SessionCluster.Balancer.Failover;

/// <summary>
/// A response's content that is read through <see cref="WatchedBody"/>. It takes the place of the one that came when
/// the headers have gone on to the client's response, and has none.
/// </summary>
internal sealed class WatchedContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly ObjectPool<NodeWatch> _watches;
    private NodeWatch? _watch;

    /// <summary>Wraps the content that came.</summary>
    /// <param name="inner">It.</param>
    /// <param name="watch">Watches its node.</param>
    /// <param name="watches">Where the watch goes back to when nobody reads any more.</param>
    public WatchedContent(HttpContent inner, NodeWatch watch, ObjectPool<NodeWatch> watches)
    {
        (_inner, _watch, _watches) = (inner, watch, watches);
        watch.HeadCame();
    }

    /// <inheritdoc/>
    protected override Task<Stream> CreateContentReadStreamAsync() =>
        CreateContentReadStreamAsync(CancellationToken.None);

    /// <inheritdoc/>
    protected override Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken)
    {
        Stream body = _inner.ReadAsStream(cancellationToken);
        return Task.FromResult(Interlocked.Exchange(ref _watch, null) is { } watch
            ? new WatchedBody(body, BodyHolds.Of(_inner.Headers), watch, _watches)
            : body);
    }

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await using Stream body = await CreateContentReadStreamAsync();
        await body.CopyToAsync(stream);
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        // What the node has said of it stands among the headers.
        length = 0;
        return false;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
            if (Interlocked.Exchange(ref _watch, null) is { } watch)
            {
                _watches.Return(watch);
            }
        }

        base.Dispose(disposing);
    }
}
