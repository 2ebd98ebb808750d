using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

internal readonly record struct ConsoleLine(string Text, bool IsError);

/// <summary>
/// What a resource has written, and what the AppHost has to say about it. A restarted resource's next process follows
/// its last one in the same stream.
/// </summary>
internal sealed class ConsoleLogs(DcpClient dcp, ResourceNotificationService notifications)
{
    private readonly ConcurrentDictionary<string, Remarks> _remarks = new(StringComparer.OrdinalIgnoreCase);

    public ILogger LoggerOf(string id) => RemarksOf(id);

    public IAsyncEnumerable<ConsoleLine> ReadAsync(string id, bool follow, CancellationToken cancellation)
    {
        var lines = Channel.CreateUnbounded<ConsoleLine>(new() { SingleReader = true });
        _ = PumpAsync(id, follow, lines.Writer, cancellation);
        return lines.Reader.ReadAllAsync(cancellation);
    }

    private async Task PumpAsync(
        string id, bool follow, ChannelWriter<ConsoleLine> lines, CancellationToken cancellation)
    {
        try
        {
            var remarks = RemarksOf(id).CopyToAsync(follow, lines, cancellation);
            await (follow ? FollowAsync(id, lines, cancellation) : CopyAsync(id, false, lines, cancellation));
            await remarks;
            lines.Complete();
        }
        catch (Exception error)    // the reader is told, whatever it was
        {
            lines.TryComplete(error is OperationCanceledException ? null : error);
        }
    }

    private async Task FollowAsync(string id, ChannelWriter<ConsoleLine> lines, CancellationToken cancellation)
    {
        string? last = null;
        while (true)
        {
            var seen = await notifications.WaitForResourceAsync(
                id, change => change.Snapshot.Uid is { } uid && uid != last
                    && change.Snapshot.StartTimeStamp is not null, cancellation);
            last = seen.Snapshot.Uid;
            await CopyAsync(id, follow: true, lines, cancellation);
        }
    }

    private Task CopyAsync(string id, bool follow, ChannelWriter<ConsoleLine> lines, CancellationToken cancellation) =>
        Task.WhenAll(
            CopyAsync(id, "stdout", follow, lines, cancellation), CopyAsync(id, "stderr", follow, lines, cancellation));

    private async Task CopyAsync(
        string id, string source, bool follow, ChannelWriter<ConsoleLine> lines, CancellationToken cancellation)
    {
        await foreach (var line in dcp.ReadLogAsync(id, source, follow, cancellation))
        {
            lines.TryWrite(new ConsoleLine(line, source == "stderr"));
        }
    }

    private Remarks RemarksOf(string id) => _remarks.GetOrAdd(id, _ => new Remarks());

    /// <summary>The AppHost's own lines about a resource.</summary>
    private sealed class Remarks : ILogger
    {
        private const int Kept = 1000;
        private readonly Lock _gate = new();
        private readonly Queue<ConsoleLine> _lines = [];
        private readonly List<ChannelWriter<ConsoleLine>> _readers = [];

        public async Task CopyToAsync(bool follow, ChannelWriter<ConsoleLine> reader, CancellationToken cancellation)
        {
            lock (_gate)
            {
                foreach (var line in _lines)
                {
                    reader.TryWrite(line);
                }

                if (!follow)
                {
                    return;
                }

                _readers.Add(reader);
            }

            await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            lock (_gate)
            {
                _readers.Remove(reader);
            }
        }

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            var time = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
            var line = new ConsoleLine($"{time} [apphost] {formatter(state, exception)}", logLevel >= LogLevel.Error);
            lock (_gate)
            {
                _lines.Enqueue(line);
                if (_lines.Count > Kept)
                {
                    _lines.Dequeue();
                }

                _readers.ForEach(reader => reader.TryWrite(line));
            }
        }

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;
    }
}
