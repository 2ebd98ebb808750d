namespace SessionCluster.Replication;

/// <summary>
/// Lets texts that come again and again, such as keys and the names of nodes, be one object: 100,000 sessions do not
/// hold 100,000 copies of <c>basket</c>. Of bounded size; what is found in it never changes what is read.
/// </summary>
/// <param name="recycles">
/// Whether the caller keeps no message beyond the next one that it reads with this cache. Then the messages of commits
/// and heartbeats are used again, and reading one allocates what it brings and nothing else. Such a cache has one
/// reader at a time.
/// </param>
/// <remarks>
/// Several readers may share one that does not recycle. A slot is written in one piece, so a lost race costs one more
/// copy and nothing else.
/// </remarks>
public sealed class WireCache(bool recycles)
{
    /// <summary>Longer texts are not kept: few applications repeat them, and the bound stays small.</summary>
    internal const int LengthMaximum = 64;

    private const int Slots = 1024;
    private const uint HashStart = 2166136261;
    private const uint HashPrime = 16777619;

    private readonly string?[] _texts = new string?[Slots];
    private Replicate? _replicate;
    private Replicated? _replicated;
    private Heartbeat? _heartbeat;

    /// <summary>Makes one whose messages may be kept.</summary>
    public WireCache()
        : this(recycles: false)
    {
    }

    /// <summary>Lets a text be found as this object, so that most comparisons with it end at the reference.</summary>
    /// <param name="text">A text of at most 64 characters, each below 256; others are not kept.</param>
    public void Keep(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length is > 0 and <= LengthMaximum && text.All(static character => character <= byte.MaxValue))
        {
            _texts[SlotOf(System.Text.Encoding.Latin1.GetBytes(text))] = text;
        }
    }

    /// <summary>The text of these bytes, one character each.</summary>
    internal string Text(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > LengthMaximum)
        {
            return Decode(bytes);
        }

        ref string? slot = ref _texts[SlotOf(bytes)];
        string? known = slot;
        if (known is not null && IsText(known, bytes))
        {
            return known;
        }

        return slot = Decode(bytes);
    }

    /// <summary>A message without marks.</summary>
    internal Replicate Replicate(
        SessionId session,
        HolderVersion version,
        long baseSequence,
        ReplicatePayload payload,
        TimeSpan idle,
        Configuration? configuration,
        long view,
        long work)
    {
        if (_replicate is not null)
        {
            return _replicate.Become(session, version, baseSequence, payload, idle, configuration, view, work);
        }

        var made = new Replicate(session, version, baseSequence, payload, idle, configuration, view) { Work = work };
        _replicate = recycles ? made : null;
        return made;
    }

    internal Replicated Replicated(long work, HolderVersion version)
    {
        if (_replicated is not null)
        {
            return _replicated.Become(work, version);
        }

        var made = new Replicated(work, version);
        _replicated = recycles ? made : null;
        return made;
    }

    internal Heartbeat Heartbeat(
        long view,
        MemberStatus status,
        Instant sentAt,
        long bytesHeld,
        ulong mapDigest,
        Instant? answers,
        bool isUrgent,
        IReadOnlyList<NodeId> suspects)
    {
        if (_heartbeat is not null)
        {
            return _heartbeat.Become(view, status, sentAt, bytesHeld, mapDigest, answers, isUrgent, suspects);
        }

        var made = new Heartbeat(view, status, sentAt, bytesHeld, mapDigest, answers, isUrgent, suspects);
        _heartbeat = recycles ? made : null;
        return made;
    }

    private static string Decode(ReadOnlySpan<byte> bytes) => System.Text.Encoding.Latin1.GetString(bytes);

    private static uint SlotOf(ReadOnlySpan<byte> bytes)
    {
        uint hash = HashStart;
        foreach (byte value in bytes)
        {
            hash = unchecked((hash ^ value) * HashPrime);
        }

        return (hash ^ (hash >> 16)) % Slots;
    }

    private static bool IsText(string text, ReadOnlySpan<byte> bytes)
    {
        if (text.Length != bytes.Length)
        {
            return false;
        }

        for (int index = 0; index < bytes.Length; index++)
        {
            if (text[index] != bytes[index])
            {
                return false;
            }
        }

        return true;
    }
}
