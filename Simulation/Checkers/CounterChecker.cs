namespace SessionCluster.Simulation;

/// <summary>
/// In a view one counter of a session is one configuration, whoever wants it recorded: only the authority begins one, and
/// a session is created by the one node that has drawn its id. So no member ever has to choose between two of one counter.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class CounterChecker(SimulatedCluster cluster)
{
    private readonly Dictionary<(long View, SessionId Session, long Counter), (View In, Configuration Wanted)> _wanted = [];

    /// <summary>A member wants these recorded.</summary>
    /// <returns>Which rule that breaks, or nothing.</returns>
    public string? Wanted(SimulatedProcess by, RecordLocations records)
    {
        View view = by.Machine.View;
        foreach (LocationRecord record in records.Records)
        {
            var key = (records.View, record.Session, record.Configuration.Counter);
            if (view.Number == records.View && !_wanted.TryAdd(key, (view, record.Configuration))
                && _wanted[key] is var (known, wanted) && wanted.Epoch != record.Configuration.Epoch)
            {
                if (known.Members.SequenceEqual(view.Members) && !cluster.Ledger.MayBeForgotten(record.Session))
                {
                    return $"wants {record.Configuration} of {cluster.NameOf(record.Session)} recorded in a view in "
                        + $"which another wants {wanted}";
                }

                _wanted[key] = (view, record.Configuration);
            }
        }

        return null;
    }
}
