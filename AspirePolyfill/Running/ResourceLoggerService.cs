using Aspire.Hosting.Running;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>One line that a resource has written.</summary>
/// <param name="LineNumber">Its number, from 1.</param>
/// <param name="Content">What it says.</param>
/// <param name="IsErrorMessage">Whether it was written to the stream for errors.</param>
public readonly record struct LogLine(int LineNumber, string Content, bool IsErrorMessage);

/// <summary>Knows what resources have written.</summary>
public class ResourceLoggerService
{
    private readonly ConsoleLogs _logs;

    internal ResourceLoggerService(ConsoleLogs logs) => _logs = logs;

    /// <summary>Tells what a resource has written so far.</summary>
    /// <param name="resourceName">Its instance.</param>
    /// <returns>The lines, in portions.</returns>
    public async IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(string resourceName)
    {
        var number = 0;
        await foreach (var line in _logs.ReadAsync(resourceName, follow: false, CancellationToken.None))
        {
            yield return [new LogLine(++number, line.Text, line.IsError)];
        }
    }
}
