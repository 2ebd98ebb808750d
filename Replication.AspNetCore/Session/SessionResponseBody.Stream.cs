using Microsoft.AspNetCore.Http.Features;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>The stream's side. While it holds it can be emptied, as <c>Response.Clear()</c> does.</summary>
internal sealed partial class SessionResponseBody
{
    public override bool CanRead => false;

    public override bool CanSeek => IsHolding;

    public override bool CanWrite => true;

    public override long Length => IsHolding ? _held.Length : throw new NotSupportedException();

    public override long Position
    {
        get => Length;
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (IsHolding && Refusal is null && _held.Length + buffer.Length <= _heldMaximum)
        {
            _held.Append(buffer.Span);
            return;
        }

        await LetPassAsync(cancellationToken);
        await inner.Stream.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (!WaitsForWholeAnswer)
        {
            await LetPassAsync(cancellationToken);
            await inner.Stream.FlushAsync(cancellationToken);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        RequireSynchronousIO();
        if (IsHolding && Refusal is null && _held.Length + buffer.Length <= _heldMaximum)
        {
            _held.Append(buffer);
            return;
        }

        LetPassAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
        inner.Stream.Write(buffer);
    }

    public override void Flush()
    {
        RequireSynchronousIO();
        if (!WaitsForWholeAnswer)
        {
            LetPassAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
            inner.Stream.Flush();
        }
    }

    public override void SetLength(long value)
    {
        if (!IsHolding)
        {
            throw new NotSupportedException();
        }

        _held.Truncate(checked((int)value));
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>
    /// The server's own rule; where it allows blocking, blocking for the commit is what the application chose.
    /// </summary>
    private void RequireSynchronousIO()
    {
        if (context.Features.Get<IHttpBodyControlFeature>() is { AllowSynchronousIO: false })
        {
            throw new InvalidOperationException(
                "Synchronous operations are disallowed. Call WriteAsync or set AllowSynchronousIO to true instead.");
        }
    }
}
