using Microsoft.AspNetCore.Http;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>One key's session. A request has two of them while it replaces one by another.</summary>
/// <param name="Key">What the cookie holds.</param>
/// <param name="Values">The stock session.</param>
/// <param name="Entry">What the store has of it.</param>
internal sealed record SharedIncarnation(string Key, ISession Values, SharedEntry Entry)
{
    /// <summary>Whether the store has it.</summary>
    public bool Exists => Entry.Exists;
}
