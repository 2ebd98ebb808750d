using System.IO.Pipelines;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// What waits to be sent on one link. Messages are encoded when they are queued, so nothing of them is kept; while an
/// earlier write is under way they gather, and leave together.
/// </summary>
internal sealed class OutgoingFrames(
    PipeWriter output, FrameSealer sealer, long queuedBytesMaximum, LinkMetrics metrics, Action<Exception> failed)
    : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Stack<FrameBuffer> _spare = new();
    private List<FrameBuffer> _waiting = [];
    private List<FrameBuffer> _leaving = [];
    private TaskCompletionSource? _idle;
    private long _waitingBytes;
    private bool _isOpen;

    /// <summary>
    /// Invariant: while it is set, exactly one <see cref="DrainAsync"/> runs, and it owns what leaves.
    /// </summary>
    private bool _isWriting;
    private bool _hasSent;

    /// <summary>From now on messages are taken; earlier ones are dropped.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _isOpen = true;
        }
    }

    /// <summary>Queues a message.</summary>
    /// <returns>Whether the peer still keeps up.</returns>
    /// <exception cref="WireLimitException">No receiver would take the message; it is not queued.</exception>
    public bool TryEnqueue(Message message)
    {
        lock (_gate)
        {
            if (!_isOpen)
            {
                return true;
            }

            FrameBuffer frame = FrameToFill();
            int before = frame.Length;
            try
            {
                MessageCodec.Write(message, frame);
            }
            catch (WireLimitException)
            {
                frame.CutTo(before);
                throw;
            }

            metrics.MessageSent();
            _waitingBytes += frame.Length - before;
            return _waitingBytes <= queuedBytesMaximum;
        }
    }

    /// <summary>Sends what is queued, now or as soon as the write before is done.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            if (!_isOpen || _isWriting || _waiting.Count == 0)
            {
                return;
            }

            _isWriting = true;
        }

        _ = DrainAsync();
    }

    /// <summary>Sends an empty frame where nothing was sent since the last call.</summary>
    public void KeepAlive()
    {
        lock (_gate)
        {
            bool wasIdle = !_hasSent && !_isWriting && _waiting.Count == 0;
            _hasSent = false;
            if (!_isOpen || !wasIdle)
            {
                return;
            }

            AddFrame();
        }

        Flush();
    }

    /// <summary>Takes nothing more; done when all that was taken is written.</summary>
    public Task CloseAsync()
    {
        Flush();
        return RestAsync();
    }

    /// <summary>Takes nothing more and forgets what waits; done when nothing is written any more.</summary>
    public Task AbandonAsync()
    {
        lock (_gate)
        {
            _waiting.Clear();
            _waitingBytes = 0;
        }

        return RestAsync();
    }

    /// <summary>Gives the memory back; only after nothing is written any more.</summary>
    public void Dispose()
    {
        foreach (FrameBuffer frame in (IEnumerable<FrameBuffer>)[.. _waiting, .. _leaving, .. _spare])
        {
            frame.Release();
        }
    }

    private Task RestAsync()
    {
        lock (_gate)
        {
            _isOpen = false;
            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _isWriting ? _idle.Task : Task.CompletedTask;
        }
    }

    private FrameBuffer FrameToFill()
    {
        if (_waiting.Count == 0 || _waiting[^1].Length >= FrameFormat.FullBytes)
        {
            AddFrame();
        }

        return _waiting[^1];
    }

    private void AddFrame() => _waiting.Add(_spare.TryPop(out FrameBuffer? spare) ? spare : new FrameBuffer());

    private async Task DrainAsync()
    {
        try
        {
            while (TakeWaiting())
            {
                if (!await WriteLeavingAsync())
                {
                    Break();
                    return;
                }
            }
        }
        catch (Exception exception) when (ConnectionFailure.Is(exception))
        {
            // The connection has failed; its reader sees that too, and ends the link.
            Break();
        }
        catch (Exception exception)
        {
            // Nobody awaits this task, so whatever is wrong must be handed to somebody who ends the link.
            Break();
            failed(exception);
        }
    }

    private async ValueTask<bool> WriteLeavingAsync()
    {
        long unflushed = 0;
        for (int index = 0; index < _leaving.Count; index++)
        {
            int sent = sealer.Seal(_leaving[index].Written, output);
            metrics.FrameSent(sent);
            unflushed += sent;
            if (index == _leaving.Count - 1 || unflushed >= FrameFormat.FullBytes)
            {
                unflushed = 0;
                FlushResult result = await output.FlushAsync();
                if (result.IsCompleted || result.IsCanceled)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private bool TakeWaiting()
    {
        lock (_gate)
        {
            foreach (FrameBuffer frame in _leaving)
            {
                Keep(frame);
            }

            _leaving.Clear();
            (_waiting, _leaving) = (_leaving, _waiting);
            _waitingBytes = 0;
            _hasSent |= _leaving.Count > 0;
            if (_leaving.Count > 0)
            {
                return true;
            }

            // Said under the same lock under which messages are queued, so that none is left behind. From here on the
            // next write may be under way, and its state is not this one's to change.
            _isWriting = false;
            _idle?.TrySetResult();
            return false;
        }
    }

    private void Keep(FrameBuffer frame)
    {
        if (_spare.Count > 0)
        {
            frame.Release();
            return;
        }

        frame.Clear();
        _spare.Push(frame);
    }

    /// <summary>Nothing can be written any more; only called by whoever writes.</summary>
    private void Break()
    {
        lock (_gate)
        {
            _isOpen = false;
            _isWriting = false;
            _idle?.TrySetResult();
        }
    }
}
