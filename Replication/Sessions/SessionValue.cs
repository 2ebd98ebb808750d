namespace SessionCluster.Replication;

/// <summary>One value of a session. The bytes are opaque and must not be changed after they were handed over.</summary>
/// <param name="Key">The key, as the application named it.</param>
/// <param name="Bytes">The value.</param>
public readonly record struct SessionValue(string Key, byte[] Bytes);
