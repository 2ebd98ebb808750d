using System.Net;
using System.Net.Sockets;

namespace SessionCluster.Tests.Transport;

/// <summary>
/// Stands between two members as an attacker or a bad network does: it records, changes and holds back bytes.
/// </summary>
internal sealed class Tap : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly MemoryStream _recorded = new();
    private readonly int _target;
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource? _held;
    private volatile Func<byte[], byte[]>? _change;
    private volatile bool _isCut;
    private readonly SemaphoreSlim _passed = new(0);

    public Tap(int target)
    {
        _target = target;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Waits until some more pieces have gone through, both ways.</summary>
    public async Task PassAsync(int pieces, CancellationToken cancellation)
    {
        while (_passed.Wait(TimeSpan.Zero, CancellationToken.None))
        {
            // It went through before.
        }

        for (; pieces > 0; pieces--)
        {
            await _passed.WaitAsync(cancellation);
        }
    }

    /// <summary>Done when somebody has dialed.</summary>
    public Task Arrived => _arrived.Task;

    /// <summary>Lets those who dial wait before they reach the listening end.</summary>
    public void Hold() => _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void LetGo() => _held?.TrySetResult();

    /// <summary>Changes the next piece that the dialing end sends, once.</summary>
    public void ChangeNext(Func<byte[], byte[]> change) => _change = change;

    /// <summary>From now on bytes vanish, as on a cut cable.</summary>
    public void Cut() => _isCut = true;

    public void Mend() => _isCut = false;

    /// <summary>All that the dialing end has sent.</summary>
    public byte[] Recorded()
    {
        lock (_recorded)
        {
            return _recorded.ToArray();
        }
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                Socket dialing = await _listener.AcceptSocketAsync(_stopping.Token);
                _ = ServeAsync(dialing);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket dialing)
    {
        using var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using (dialing)
        {
            try
            {
                dialing.NoDelay = listening.NoDelay = true;
                _arrived.TrySetResult();
                await (_held?.Task ?? Task.CompletedTask);
                await listening.ConnectAsync(IPAddress.Loopback, _target, _stopping.Token);
                Task there = PumpAsync(dialing, listening, isRecorded: true);
                Task back = PumpAsync(listening, dialing, isRecorded: false);
                await Task.WhenAny(there, back);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException)
            {
                // Either end has closed, which closes the other.
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool isRecorded)
    {
        byte[] buffer = new byte[64 * 1024];
        while (true)
        {
            int length = await from.ReceiveAsync(buffer.AsMemory(), _stopping.Token);
            if (length == 0)
            {
                return;
            }

            byte[] bytes = buffer[..length];
            if (isRecorded)
            {
                lock (_recorded)
                {
                    _recorded.Write(bytes);
                }

                if (Interlocked.Exchange(ref _change, null) is { } change)
                {
                    bytes = change(bytes);
                }
            }

            _passed.Release();
            if (!_isCut)
            {
                await to.SendAsync(bytes.AsMemory(), _stopping.Token);
            }
        }
    }
}
