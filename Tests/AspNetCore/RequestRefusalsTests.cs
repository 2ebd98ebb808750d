using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using SessionCluster.Replication.AspNetCore;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>What an operator reads while requests are refused: when it begins, and when it is over.</summary>
public sealed class RequestRefusalsTests : IDisposable
{
    private static readonly SessionReplicationException Unreachable = new(SessionFailure.Unavailable);

    private readonly RecordingLogs _logs = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ServiceProvider _services;
    private readonly RequestRefusals _refusals;

    public RequestRefusalsTests()
    {
        _services = new ServiceCollection()
            .AddMetrics()
            .AddLogging(logging => logging.AddProvider(_logs))
            .AddSingleton<ReplicationMetrics>()
            .AddSingleton<TimeProvider>(_time)
            .AddSingleton<RequestRefusals>()
            .BuildServiceProvider();
        _refusals = _services.GetRequiredService<RequestRefusals>();
    }

    private IEnumerable<(LogLevel Level, string Text)> Said =>
        _logs.Entries.Select(static entry => (entry.Level, entry.Text));

    public void Dispose() => _services.Dispose();

    [Fact]
    public void An_outage_is_said_once_and_its_end_with_the_number_of_requests()
    {
        for (int time = 1; time <= 2; time++)
        {
            for (int request = 0; request < 500; request++)
            {
                _refusals.Refused(503, Unreachable);
            }

            _time.Advance(RequestRefusals.Quiet);
            _refusals.Served();
            _refusals.Served();
        }

        const string Began = "Requests are refused with 503 (The session cannot be reached at the moment.): how many "
            + "is said when requests are served again";
        const string Ended = "Requests are served again; 500 were refused";
        Assert.Equal(
            [
                (LogLevel.Warning, Began), (LogLevel.Information, Ended),
                (LogLevel.Warning, Began), (LogLevel.Information, Ended),
            ],
            Said);
    }

    [Fact]
    public void While_some_are_served_and_others_are_not_it_is_not_over()
    {
        for (int request = 0; request < 500; request++)
        {
            _refusals.Refused(503, Unreachable);
            _time.Advance(RequestRefusals.Quiet / 2);
            _refusals.Served();
        }

        Assert.Single(Said);
    }

    [Fact]
    public void What_concerns_one_session_is_said_of_each()
    {
        _refusals.Refused(409, new SessionReplicationException(SessionFailure.Ended));
        _refusals.Refused(410, new SessionReplicationException(SessionFailure.Lost));
        _refusals.Served();

        Assert.Equal(
            [
                "A request was refused with 409: The session was ended while the request ran.",
                "A request was refused with 410: The session is lost: every node that held it has died.",
            ],
            Said.Select(static said => said.Text));
    }
}
