namespace SessionCluster.Replication;

/// <summary>
/// Lets texts that come again and again, such as keys and the names of nodes, be one object: 100,000 sessions do not
/// hold 100,000 copies of <c>basket</c>. Of bounded size; what is found in it never changes what is read.
/// </summary>
/// <remarks>
/// Several readers may share one. A slot is written in one piece, so a lost race costs one more copy and nothing else.
/// </remarks>
public sealed class WireCache
{
    /// <summary>Longer texts are not kept: few applications repeat them, and the bound stays small.</summary>
    internal const int LengthMaximum = 64;

    private const int Slots = 1024;
    private const uint HashStart = 2166136261;
    private const uint HashPrime = 16777619;

    private readonly string?[] _texts = new string?[Slots];

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
