using System.Diagnostics;
using System.Diagnostics.Metrics;
using SessionCluster.Balancer.Failover;

namespace SessionCluster.Balancer.Telemetry;

/// <summary>What the balancer does that a proxy does not: tries and ejections. Names begin as the nodes' do.</summary>
internal sealed class BalancerTelemetry : IDisposable
{
    /// <summary>The name of the source of spans and of the meter.</summary>
    public const string SourceName = "SessionCluster.Balancer";

    private readonly ActivitySource _source = new(SourceName);
    private readonly Counter<long> _tries;
    private readonly Counter<long> _ejections;
    private readonly Counter<long> _refusals;

    public BalancerTelemetry(IMeterFactory meters)
    {
        Meter meter = meters.Create(SourceName);
        _tries = meter.CreateCounter<long>(
            "session_cluster.balancer.tries", "{try}", "Requests sent to nodes, by node and outcome.");
        _ejections = meter.CreateCounter<long>(
            "session_cluster.balancer.ejections", "{ejection}", "Nodes left before a probe said so, by node.");
        _refusals = meter.CreateCounter<long>(
            "session_cluster.balancer.refusals", "{request}", "Requests that no node answered, by reason.");
    }

    /// <summary>Begins the span of a try; null where nobody listens.</summary>
    public Activity? BeginTry(int number)
    {
        Activity? span = _source.StartActivity("balancer.try");
        span?.SetTag("session_cluster.try", number);
        return span;
    }

    /// <summary>Whether anybody wants to know how a try ended.</summary>
    public bool TellsOfTries(Activity? span) => span is not null || _tries.Enabled;

    /// <summary>Ends the span of a try with its outcome, and counts it.</summary>
    public void EndTry(Activity? span, string? node, string outcome)
    {
        _tries.Add(1, new("node", node), new("outcome", outcome));
        span?.SetTag("session_cluster.node", node);
        span?.SetTag("session_cluster.outcome", outcome);
        if (outcome is not (TryOutcome.Answered or TryOutcome.ClientGone))
        {
            span?.SetStatus(ActivityStatusCode.Error, outcome);
        }
    }

    /// <summary>A node was left.</summary>
    public void Ejected(string node) => _ejections.Add(1, new KeyValuePair<string, object?>("node", node));

    /// <summary>A client was told that no node answered.</summary>
    public void Refused(string reason) => _refusals.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();
}
