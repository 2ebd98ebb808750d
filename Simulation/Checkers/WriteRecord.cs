namespace SessionCluster.Simulation;

/// <summary>One commit as the outside sees it. Its number is unique and is what it writes.</summary>
/// <param name="number">The number.</param>
/// <param name="keys">The keys that it writes, and whether it leaves a body under each.</param>
internal sealed class WriteRecord(long number, KeyWrite[] keys)
{
    /// <summary>A moment that never comes.</summary>
    public const long Never = long.MaxValue;

    public long Number { get; } = number;

    public KeyWrite[] Keys { get; } = keys;

    /// <summary>When the machine was asked; moments are counted, so that no two are equal.</summary>
    public long Invoked { get; set; } = Never;

    /// <summary>When it was acknowledged; never, where that is unknown.</summary>
    public long Acknowledged { get; set; } = Never;

    /// <summary>The version after it, where it was acknowledged.</summary>
    public SessionVersion Version { get; set; }

    /// <summary>The sequence that it rests on, where its request had the session exclusively.</summary>
    public long? ExclusiveRead { get; init; }

    public bool IsAcknowledged => Acknowledged != Never;

    /// <summary>Whether it leaves a body under a key that it writes.</summary>
    public bool HasBody(string key)
    {
        foreach (KeyWrite write in Keys)
        {
            if (write.Key == key)
            {
                return write.HasBody;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public override string ToString() => IsAcknowledged ? $"#{Number} ({Version})" : $"#{Number} (not acknowledged)";
}

/// <summary>What a commit does to one key.</summary>
/// <param name="Key">The key that takes the number.</param>
/// <param name="HasBody">Whether a body is written under the key beside it, or removed.</param>
internal readonly record struct KeyWrite(string Key, bool HasBody)
{
    /// <summary>
    /// The key under which a commit with a body repeats its number, and from which one without removes it.
    /// </summary>
    public static string BodyOf(string key) => key + ".body";
}
