using System.Net;

namespace SessionCluster.Balancer.Failover;

/// <summary>The content of a request that has none.</summary>
internal sealed class EmptyContent : HttpContent
{
    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return true;
    }
}
