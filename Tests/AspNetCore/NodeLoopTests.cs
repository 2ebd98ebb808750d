using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;
using SessionCluster.Replication.AspNetCore.Hosting;
using SessionCluster.Replication.AspNetCore.Security;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Tests.AspNetCore;

public sealed class NodeLoopTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static NodeLoop Create(TimeProvider time, IPeerTransport transport, IHostApplicationLifetime lifetime)
    {
        var services = new ServiceCollection();
        services.AddMetrics();
        var metrics = new ReplicationMetrics(services.BuildServiceProvider().GetRequiredService<IMeterFactory>());
        var self = new NodeId("node1");
        var settings = new ReplicationSettings
        {
            Self = new Member(self, 1),
            Universe =
            [
                new ConfiguredPeer(self, MemberRole.Node),
                new ConfiguredPeer(new NodeId("node2"), MemberRole.Node),
            ],
        };
        var events = new EventSink(
            NullLogger<EventSink>.Instance,
            metrics,
            new ClusterSecret(TestCluster.Secret, "session-cluster"),
            new ClusterMembership());
        return new NodeLoop(settings, transport, events, metrics, time, lifetime, NullLogger<NodeLoop>.Instance);
    }

    [Fact]
    public async Task A_failure_stops_the_host_and_answers_whoever_waits()
    {
        var lifetime = new RecordingLifetime();
        using NodeLoop loop = Create(TimeProvider.System, new FailingTransport(), lifetime);
        long number = loop.NextRequest();
        ValueTask<Answer> waiting = loop.RequestAsync(new LoadSession(number, default), number);
        loop.Start();
        await lifetime.Stopped.WaitAsync(Patience, TestContext.Current.CancellationToken);
        await waiting.AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);
        await loop.StopAsync();
        Assert.False(loop.Snapshot.IsReady);
        Assert.False(loop.TryPost(new StartDrain()));
    }

    [Fact]
    public async Task After_the_stop_nothing_is_answered_and_nothing_hangs()
    {
        using NodeLoop loop = Create(TimeProvider.System, new SilentTransport(), new RecordingLifetime());
        loop.Start();
        await loop.StopAsync();
        long number = loop.NextRequest();
        Assert.Equal(default, await loop.RequestAsync(new LoadSession(number, default), number));
        await loop.PostAsync(new DialRefused(new NodeId("node2")), TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => loop.InspectAsync(NodeSnapshot.Of, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Deadlines_are_met_on_the_given_clock_alone()
    {
        var time = new FakeTimeProvider();
        using NodeLoop loop = Create(time, new SilentTransport(), new RecordingLifetime());
        loop.Start();
        await DeadlineAsync();
        Instant first = await DeadlineAsync();
        Assert.Equal(first, await DeadlineAsync());
        time.Advance(TimeSpan.FromSeconds(1));
        Instant later = first;
        for (int asked = 0; later == first && asked < 1000; asked++)
        {
            later = await DeadlineAsync();
        }

        Assert.True(later > first, "The clock has passed the deadline, and the machine was not told.");
        await loop.StopAsync();

        Task<Instant> DeadlineAsync() =>
            loop.InspectAsync(static (node, _) => node.NextDeadline, TestContext.Current.CancellationToken);
    }

    private sealed class SilentTransport : IPeerTransport
    {
        public Task StartAsync(IInputSink sink, CancellationToken cancellationToken) => Task.CompletedTask;

        public void Enqueue(Member to, Message message)
        {
        }

        public void Flush()
        {
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class FailingTransport : IPeerTransport
    {
        public Task StartAsync(IInputSink sink, CancellationToken cancellationToken) => Task.CompletedTask;

        public void Enqueue(Member to, Message message) => throw new InvalidOperationException("on purpose");

        public void Flush() => throw new InvalidOperationException("on purpose");

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class RecordingLifetime : IHostApplicationLifetime
    {
        private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Stopped => _stopped.Task;

        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() => _stopped.TrySetResult();
    }
}
