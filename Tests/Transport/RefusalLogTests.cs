using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.Transport;

public sealed class RefusalLogTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLogs _logs = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    [Fact]
    public async Task A_reason_is_said_once_a_minute_for_each_host_with_the_number_of_repetitions()
    {
        RefusalLog refusals = await MakeAsync();
        for (int time = 0; time < 4; time++)
        {
            refusals.Report("10.0.0.1", HandshakeRefusal.Secret, hello: null, expected: null);
        }

        refusals.Report("10.0.0.2", HandshakeRefusal.Secret, hello: null, expected: null);
        refusals.Report("10.0.0.1", HandshakeRefusal.OwnName, hello: null, expected: null);
        Assert.Single(_logs.Containing("10.0.0.1: it does not know"));
        Assert.Single(_logs.Containing("10.0.0.2: it does not know"));
        Assert.Single(_logs.Containing("10.0.0.1: it has this node's own name"));

        _time.Advance(TimeSpan.FromMinutes(1));
        refusals.Report("10.0.0.1", HandshakeRefusal.Secret, hello: null, expected: null);
        Assert.Single(_logs.Containing("(3 more like this in the last minute)"));
    }

    [Fact]
    public async Task A_stranger_cannot_write_lines_of_its_own()
    {
        var hello = new HandshakeHello(1, "x\n\u001b[2Jfake", default, default, default);
        (await MakeAsync()).Report("10.0.0.1", HandshakeRefusal.Cluster, hello, expected: null);

        Assert.Single(_logs.Containing("'x??[2Jfake'"));
    }

    public void Dispose()
    {
        _logs.Dispose();
        _services.Dispose();
    }

    private async Task<RefusalLog> MakeAsync()
    {
        await using var member = new TestMember("node1", 0, settings => settings with { Time = _time });
        var metrics = new TransportMetrics(_services.GetRequiredService<IMeterFactory>());
        return new RefusalLog(_logs, metrics, member.Settings);
    }
}
