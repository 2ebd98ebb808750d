using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.Transport;

public sealed class TransportMetricsTests
{
    [Fact]
    public async Task All_that_goes_over_a_link_is_counted_with_few_tags()
    {
        await using TestPair pair = TestPair.Direct();
        var seen = new ConcurrentDictionary<string, long>();
        using MeterListener listener = Listen(pair.First.Settings.MeterFactory, seen);
        await pair.ConnectAsync();
        pair.First.Send(pair.Second.Self, 1, 2, 3);
        pair.Second.Send(pair.First.Self, 4);
        await pair.Second.MessageAsync(3);
        await pair.First.MessageAsync(4);
        await pair.Second.DisposeAsync();
        await pair.First.DownAsync(pair.Second.Self);
        await pair.First.Sink.NextAsync<Replication.DialRefused>();

        Assert.Equal(3, seen["session_cluster.transport.messages.sent{peer=node2}"]);
        Assert.Equal(1, seen["session_cluster.transport.messages.received{peer=node2}"]);
        Assert.InRange(seen["session_cluster.transport.sent{peer=node2}"], 20, 300);
        Assert.InRange(seen["session_cluster.transport.received{peer=node2}"], 20, 300);
        Assert.InRange(seen["session_cluster.transport.frames.sent{peer=node2}"], 1, 3);
        Assert.InRange(seen["session_cluster.transport.frames.received{peer=node2}"], 1, 3);
        Assert.Equal(0, seen["session_cluster.transport.links{peer=node2}"]);
        Assert.Equal(1, seen.Where(static pair => pair.Key.Contains(".links.ended{")).Sum(static pair => pair.Value));
        Assert.InRange(seen["session_cluster.transport.dials{peer=node2,outcome=Refused}"], 1, 100);
    }

    [Fact]
    public async Task Refusals_are_counted_by_reason()
    {
        await using TestPair pair = TestPair.Direct(second: settings => settings with { Cluster = "another" });
        var seen = new ConcurrentDictionary<string, long>();
        using MeterListener listener = Listen(pair.First.Settings.MeterFactory, seen);
        await pair.StartAsync();
        await pair.First.Logs.LineAsync("it belongs to the cluster");

        Assert.InRange(seen["session_cluster.transport.refused{reason=Cluster}"], 1, 100);
    }

    private static MeterListener Listen(IMeterFactory meters, ConcurrentDictionary<string, long> seen)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == TransportMetrics.MeterName && instrument.Meter.Scope == meters)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            string joined = string.Join(',', tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}"));
            seen.AddOrUpdate($"{instrument.Name}{{{joined}}}", value, (_, sum) => sum + value);
        });
        listener.Start();
        return listener;
    }
}
