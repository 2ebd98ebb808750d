using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SessionCluster.Tests.Transport;

/// <summary>Keeps what was logged, and lets a test wait for it.</summary>
internal sealed class RecordingLogs : ILoggerFactory, ILogger
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly SemaphoreSlim _added = new(0);

    public IEnumerable<string> Containing(string text) =>
        _lines.Where(line => line.Contains(text, StringComparison.Ordinal));

    /// <summary>Waits until a line has been logged.</summary>
    public async Task<string> LineAsync(string containing)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            if (Containing(containing).FirstOrDefault() is { } line)
            {
                return line;
            }

            try
            {
                await _added.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Nothing with '{containing}' was logged, but: {string.Join('\n', _lines)}");
            }
        }
    }

    public ILogger CreateLogger(string categoryName) =>
        categoryName.StartsWith("SessionCluster", StringComparison.Ordinal)
            ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
        // Nothing is held that must be given back.
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        _lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");
        _added.Release();
    }
}
