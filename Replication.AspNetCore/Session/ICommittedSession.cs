namespace SessionCluster.Replication.AspNetCore;

/// <summary>What the response's body needs of a session: that it is safe before the first byte leaves.</summary>
internal interface ICommittedSession : IReplicatedSessionFeature
{
    /// <summary>Whether something is to be committed.</summary>
    bool HasChanges { get; }

    /// <summary>Whether a later try of the request would find that it was executed.</summary>
    bool IsOutcomeRecorded { get; }

    /// <summary>What the request answers, as it is recorded with its changes for a second try of it.</summary>
    void Answer(byte[] response);

    /// <summary>Makes the changes safe. To be awaited once.</summary>
    /// <exception cref="SessionReplicationException">They cannot be made safe.</exception>
    ValueTask MakeSafeAsync();
}
