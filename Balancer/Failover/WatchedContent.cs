using System.Net;
using Microsoft.Extensions.ObjectPool;

namespace SessionCluster.Balancer.Failover;

/// <summary>
/// A response's content that is read through <see cref="WatchedBody"/>. It has the headers of the one that came.
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
        foreach ((string name, var values) in inner.Headers.NonValidated)
        {
            Headers.TryAddWithoutValidation(name, values);
        }
    }

    /// <inheritdoc/>
    protected override Task<Stream> CreateContentReadStreamAsync() =>
        CreateContentReadStreamAsync(CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken)
    {
        Stream body = await _inner.ReadAsStreamAsync(cancellationToken);
        return Interlocked.Exchange(ref _watch, null) is { } watch
            ? new WatchedBody(body, BodyHolds.Of(_inner.Headers), watch, _watches)
            : body;
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
