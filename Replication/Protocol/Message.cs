namespace SessionCluster.Replication;

/// <summary>What members say to each other. The set is closed: one record a kind, one handler each.</summary>
public abstract record Message
{
    private protected Message()
    {
    }
}
