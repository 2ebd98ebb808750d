using System.Collections.Concurrent;
using SessionCluster.Balancer.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace SessionCluster.Balancer.Health;

/// <summary>
/// What a probe's answer means. Healthy: the node is in, at once. Not ready, in the node's own words: out, at once. No
/// answer: out after some in a row; until then all stays as it is, so that a node which was ejected by a refused
/// connection is not let in again by its first unanswered probe.
/// </summary>
internal sealed class ProbePolicy(BalancerOptions options, NodeHealth health, IDestinationHealthUpdater updater)
    : IActiveHealthCheckPolicy
{
    public const string PolicyName = "Probe";

    private readonly ConcurrentDictionary<string, int> _unanswered = new(StringComparer.Ordinal);

    public string Name => PolicyName;

    public void ProbingCompleted(ClusterState cluster, IReadOnlyList<DestinationProbingResult> probingResults)
    {
        var states = new List<NewActiveDestinationHealth>(probingResults.Count);
        foreach (DestinationProbingResult result in probingResults)
        {
            states.Add(new NewActiveDestinationHealth(result.Destination, Judge(result)));
        }

        updater.SetActive(cluster, states);
    }

    private DestinationHealth Judge(DestinationProbingResult result)
    {
        string name = result.Destination.DestinationId;
        if (result.Response is { } response)
        {
            _unanswered[name] = 0;
            if (!response.IsSuccessStatusCode)
            {
                return DestinationHealth.Unhealthy;
            }

            health.Returned(result.Destination);
            return DestinationHealth.Healthy;
        }

        int inARow = _unanswered.AddOrUpdate(name, 1, (_, before) => Math.Min(before + 1, options.ProbeFailures));
        return inARow < options.ProbeFailures ? result.Destination.Health.Active : DestinationHealth.Unhealthy;
    }
}
