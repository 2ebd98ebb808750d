using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Tests.AspNetCore;

public sealed class TelemetryTests
{
    [Fact]
    public void Every_outcome_has_its_own_name()
    {
        Assert.Equal(
            ["found", "not_found", "lost", "unavailable"],
            Enum.GetValues<LoadResult>().Select(ReplicationMetrics.Name));
        Assert.Equal(
            ["committed", "not_found", "lost", "unavailable", "repeated"],
            Enum.GetValues<CommitResult>().Select(ReplicationMetrics.Name));
    }

    [Fact]
    public async Task Loads_commits_and_sessions_are_measured_and_never_name_a_session()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, SessionApp.Map);
        using var measures = new Measures(cluster[1].App.Services.GetRequiredService<IMeterFactory>());
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/a/1");
        string id = await browser.GetAsync(1, "/id");
        await browser.GetAsync(2, "/get/a");
        await browser.GetAsync(1, "/get/a");
        await TestCluster.UntilAsync(() => cluster[1].Loop.Snapshot.Primaries == 1, "the snapshot shows the session");
        await TestCluster.UntilAsync(
            () => measures.Series.Contains("session_cluster.takeovers "), "the take-over is counted");
        measures.ReadGauges();
        Assert.Contains("session_cluster.commit.duration session_cluster.outcome=committed", measures.Series);
        Assert.Contains("session_cluster.load.duration session_cluster.outcome=found", measures.Series);
        Assert.Contains("session_cluster.sessions session_cluster.role=primary", measures.Series);
        Assert.Contains("session_cluster.sessions session_cluster.role=backup", measures.Series);
        Assert.Contains("session_cluster.members session_cluster.member.state=member", measures.Series);
        Assert.Contains("session_cluster.members session_cluster.member.state=absent", measures.Series);
        Assert.Contains("session_cluster.sessions.unprotected ", measures.Series);
        Assert.DoesNotContain(measures.Series, series => series.Contains(id, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_session_whose_holders_have_both_died_is_counted_once_and_logged()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(4, SessionApp.Map);
        await cluster.Browser().GetAsync(1, "/set/a/1");
        int[] others = [2, 3, 4];
        CopyDescription[][] copies = await Task.WhenAll(others.Select(cluster.CopiesAsync));
        int backup = others[Array.FindIndex(copies, static held => held.Length > 0)];
        int[] survivors = [.. others.Where(node => node != backup)];
        Measures[] measures =
            [.. survivors.Select(node => new Measures(cluster[node].App.Services.GetRequiredService<IMeterFactory>()))];

        await cluster.CrashAsync(1, backup);

        await TestCluster.UntilAsync(
            () => survivors.All(
                node => cluster[node].Logs.Entries.Any(static entry => entry.Id.Name == "SessionsLost")),
            () => "both survivors tell of the loss: " + cluster.Describe());
        Assert.Equal(1, measures.Count(static seen => seen.Series.Contains("session_cluster.lost ")));
        Array.ForEach(measures, static seen => seen.Dispose());
    }

    [Fact]
    public async Task The_log_never_names_a_session()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(2, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/a/1");
        string id = await browser.GetAsync(2, "/id");
        await TestCluster.UntilAsync(
            () => Texts(cluster).Any(static text => text.Contains("taken over", StringComparison.Ordinal)),
            () => "the taking over is told: " + cluster.Describe());
        string[] ours = Texts(cluster);
        Assert.DoesNotContain(ours, text => text.Contains(id, StringComparison.Ordinal));
        Assert.DoesNotContain(ours, static text => text.Contains(TestCluster.Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Loads_and_commits_are_spans_of_the_requests_trace()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == ReplicationTracing.SourceName,
            Sample = static (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using TestCluster cluster = await TestCluster.StartAsync(2, SessionApp.Map);
        TestBrowser browser = cluster.Browser();
        await browser.GetAsync(1, "/set/a/1");
        await browser.GetAsync(1, "/set/a/2");
        Assert.Contains(spans, static span => span.OperationName == "session load");
        Activity commit = spans.First(static span => span.OperationName == "session commit");
        Assert.Equal("committed", commit.GetTagItem("session_cluster.outcome"));
        Assert.NotNull(commit.GetTagItem("session_cluster.primary"));
    }

    private static string[] Texts(TestCluster cluster) =>
    [
        .. cluster[1].Logs.Entries.Concat(cluster[2].Logs.Entries)
            .Where(static entry => entry.Id.Id is >= 100 and < 400).Select(static entry => entry.Text),
    ];

    /// <summary>Collects the series of one application: instrument and tags.</summary>
    private sealed class Measures : IDisposable
    {
        private readonly ConcurrentDictionary<string, byte> _series = [];
        private readonly MeterListener _listener = new();

        public Measures(IMeterFactory factory)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == ReplicationMetrics.MeterName && instrument.Meter.Scope == factory)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, tags));
            _listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Note(instrument, tags));
            _listener.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Note(instrument, tags));
            _listener.Start();
        }

        public ICollection<string> Series => _series.Keys;

        public void ReadGauges() => _listener.RecordObservableInstruments();

        public void Dispose() => _listener.Dispose();

        private void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string text = string.Join(' ', tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}"));
            _series.TryAdd($"{instrument.Name} {text}", 0);
        }
    }
}
