using System.Collections.Concurrent;
using System.Threading.Channels;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.Transport;

/// <summary>Keeps what the transport says, and lets a test wait for it.</summary>
internal sealed class RecordingSink : IInputSink
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Channel<Input> _inputs = Channel.CreateUnbounded<Input>();
    private readonly ConcurrentQueue<Input> _all = new();
    private readonly WireCache _cache = new();
    private volatile TaskCompletionSource? _blocked;
    private Func<Input, bool> _isBlocked = static _ => false;
    private readonly TaskCompletionSource _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Everything so far, in order.</summary>
    public IReadOnlyList<Input> All => [.. _all];

    public async ValueTask PostAsync(Input input, CancellationToken cancellationToken)
    {
        if (_blocked is { } blocked && _isBlocked(input))
        {
            _waits.TrySetResult();
            await blocked.Task.WaitAsync(cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        _all.Enqueue(input);
        await _inputs.Writer.WriteAsync(input, cancellationToken);
    }

    public async ValueTask PostAsync(Member from, ReceivedFrame frame, CancellationToken cancellationToken)
    {
        try
        {
            while (frame.TryRead(_cache, out Message? message))
            {
                await PostAsync(new PeerMessage(from, message), cancellationToken);
            }
        }
        finally
        {
            frame.Done();
        }
    }

    /// <summary>What is recorded needs no machine to work it off.</summary>
    public void Advance()
    {
    }

    /// <summary>Lets inputs of one kind wait, as a loop with a full queue does with all.</summary>
    public void Block<T>()
        where T : Input
    {
        _isBlocked = static input => input is T;
        _blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Waits until an input is held up.</summary>
    public Task WaitsAsync() => _waits.Task.WaitAsync(Patience);

    public void Unblock() => _blocked?.TrySetResult();

    /// <summary>Waits for an input that fits; those before it are skipped.</summary>
    public async Task<T> NextAsync<T>(Func<T, bool>? fits = null)
        where T : Input
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                Input input = await _inputs.Reader.ReadAsync(patience.Token);
                if (input is T found && fits?.Invoke(found) != false)
                {
                    return found;
                }
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException(
                    $"No {typeof(T).Name} within {Patience.TotalSeconds} s, but: "
                + string.Join(", ", _all.TakeLast(20)));
            }
        }
    }
}
