using System.Collections.Frozen;

namespace SessionCluster.Simulation;

/// <summary>
/// A number for each kind of message and of fact, made of its name only: the same in every process, and of no use but
/// to tell one kind from another.
/// </summary>
internal static class TraceKinds
{
    private static readonly FrozenDictionary<Type, ulong> Numbers = typeof(Message).Assembly.GetTypes()
        .Where(static type => !type.IsAbstract
            && (type.IsSubclassOf(typeof(Message)) || type.IsSubclassOf(typeof(ClusterEvent))))
        .ToFrozenDictionary(static type => type, static type => NumberOf(type.Name));

    /// <summary>The number of what was said or has happened.</summary>
    public static ulong Of(object what) => Numbers[what.GetType()];

    private static ulong NumberOf(string name) =>
        name.Aggregate(14695981039346656037, static (hash, letter) => (hash ^ letter) * 1099511628211);
}
