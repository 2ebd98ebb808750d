using SessionCluster.Balancer.Configuration;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace SessionCluster.Balancer.Routing;

/// <summary>
/// Round robin in the order of the names: whoever comes after the node that was chosen last. YARP's own counts modulo
/// the number of available nodes, so each change of that number may give one node two turns and another none.
/// </summary>
internal sealed class StrictRotation(BalancerOptions options) : ILoadBalancingPolicy
{
    public const string PolicyName = "StrictRotation";

    private readonly Dictionary<string, int> _places = options.Nodes
        .Select((node, place) => (node.Name, place))
        .ToDictionary(entry => entry.Name, entry => entry.place, StringComparer.Ordinal);

    private int _last = -1;

    public string Name => PolicyName;

    public DestinationState? PickDestination(
        HttpContext context,
        ClusterState cluster,
        IReadOnlyList<DestinationState> availableDestinations)
    {
        while (true)
        {
            int last = Volatile.Read(ref _last);
            DestinationState? next = NextAfter(last, availableDestinations);
            if (next is null || Interlocked.CompareExchange(ref _last, _places[next.DestinationId], last) == last)
            {
                return next;
            }
        }
    }

    private DestinationState? NextAfter(int last, IReadOnlyList<DestinationState> destinations)
    {
        DestinationState? next = null;
        int nearest = int.MaxValue;
        for (int index = 0; index < destinations.Count; index++)
        {
            // How many steps forward, around the ring, from the one that was chosen last.
            int place = _places[destinations[index].DestinationId];
            int distance = place > last ? place - last : place - last + _places.Count;
            if (distance < nearest)
            {
                (next, nearest) = (destinations[index], distance);
            }
        }

        return next;
    }
}
