using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>The pipe's side of <see cref="SessionResponseBody"/>. A flush means: let it leave now.</summary>
internal sealed class HeldBodyWriter(SessionResponseBody body, IHttpResponseBodyFeature inner) : PipeWriter
{
    public override bool CanGetUnflushedBytes => body.IsHolding || inner.Writer.CanGetUnflushedBytes;

    public override long UnflushedBytes => body.IsHolding ? body.HeldLength : inner.Writer.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) =>
        body.IsHolding ? body.GetHeldMemory(sizeHint) : inner.Writer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) =>
        body.IsHolding ? body.GetHeldMemory(sizeHint).Span : inner.Writer.GetSpan(sizeHint);

    public override void Advance(int bytes)
    {
        if (body.IsHolding)
        {
            body.AdvanceHeld(bytes);
        }
        else
        {
            inner.Writer.Advance(bytes);
        }
    }

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (body.WaitsForWholeAnswer)
        {
            return default;
        }

        await body.LetPassAsync(cancellationToken);
        return await inner.Writer.FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => inner.Writer.CancelPendingFlush();

    /// <summary>What is held leaves when the request ends; a writer that failed has nothing to say.</summary>
    public override void Complete(Exception? exception = null)
    {
        if (!body.IsHolding)
        {
            inner.Writer.Complete(exception);
        }
        else if (exception is not null)
        {
            body.SetLength(0);
        }
    }

    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (exception is null)
        {
            await body.EndAsync();
        }

        Complete(exception);
    }
}
