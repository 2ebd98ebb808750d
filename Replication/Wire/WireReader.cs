using System.Buffers.Binary;

namespace SessionCluster.Replication;

/// <summary>
/// Reads the elements of which messages consist, from bytes that anybody may have made. The first error stays, and
/// everything read after it is empty; so a caller reads straight on and asks once, at the end.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> source, WireCache cache)
{
    private const int VarintBits = 64;
    private const long MillisecondsMaximum = long.MaxValue / TimeSpan.TicksPerMillisecond;

    private readonly WireCache _cache = cache;
    private ReadOnlySpan<byte> _rest = source;

    public WireError Error { get; private set; }

    public readonly bool Failed => Error != WireError.None;

    public readonly int Remaining => _rest.Length;

    public readonly WireCache Cache => _cache;

    public void Fail(WireError error)
    {
        if (!Failed)
        {
            Error = error;
        }

        _rest = default;
    }

    public byte Byte()
    {
        ReadOnlySpan<byte> taken = Take(1);
        return taken.IsEmpty ? (byte)0 : taken[0];
    }

    public bool Flag() => Choice(1) == 1;

    /// <summary>A byte from 0 to <paramref name="maximum"/>.</summary>
    public byte Choice(byte maximum)
    {
        byte value = Byte();
        if (value > maximum)
        {
            Fail(WireError.BadChoice);
            return 0;
        }

        return value;
    }

    public long Number()
    {
        ulong value = Varint();
        if (value > long.MaxValue)
        {
            Fail(WireError.BadNumber);
            return 0;
        }

        return (long)value;
    }

    public long Signed()
    {
        ulong value = Varint();
        return unchecked((long)(value >> 1) ^ -(long)(value & 1));
    }

    /// <summary>A count that the limits allow and that the remaining bytes can carry; 0 where they cannot.</summary>
    /// <param name="maximum">The greatest count.</param>
    /// <param name="elementBytes">How many bytes one element has at least.</param>
    public int Count(int maximum, int elementBytes) => Bounded(Varint(), maximum, elementBytes);

    /// <summary>The same for a count that came together with something else.</summary>
    public int Bounded(ulong count, int maximum, int elementBytes)
    {
        if (count > (ulong)maximum)
        {
            Fail(WireError.LimitExceeded);
            return 0;
        }

        if ((long)count * elementBytes > _rest.Length)
        {
            Fail(WireError.Truncated);
            return 0;
        }

        return (int)count;
    }

    public ulong Bits()
    {
        ReadOnlySpan<byte> taken = Take(sizeof(ulong));
        return taken.IsEmpty ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(taken);
    }

    public SessionId Session()
    {
        ReadOnlySpan<byte> taken = Take(SessionId.Length);
        return taken.IsEmpty ? default : new SessionId(taken);
    }

    public Guid Guid()
    {
        ReadOnlySpan<byte> taken = Take(16);
        return taken.IsEmpty ? default : new Guid(taken, bigEndian: true);
    }

    public TimeSpan Milliseconds()
    {
        long value = Number();
        if (value > MillisecondsMaximum)
        {
            Fail(WireError.BadNumber);
            return default;
        }

        return new TimeSpan(value * TimeSpan.TicksPerMillisecond);
    }

    /// <summary>A name, or nobody.</summary>
    public NodeId Node()
    {
        int length = Byte();
        if (length > NodeId.MaximumLength)
        {
            Fail(WireError.BadName);
        }

        if (length == 0 || Failed)
        {
            return default;
        }

        ReadOnlySpan<byte> taken = Take(length);
        if (taken.IsEmpty)
        {
            return default;
        }

        string name = _cache.Text(taken);
        if (!NodeId.IsValid(name))
        {
            Fail(WireError.BadName);
            return default;
        }

        return new NodeId(name);
    }

    public string Text()
    {
        ulong header = Varint();
        bool isWide = (header & 1) == 1;
        int length = Bounded(header >> 1, WireLimits.KeyLength, isWide ? sizeof(char) : 1);
        if (length == 0)
        {
            // The empty text is narrow; a wide one without a character would be a second way to write it.
            if (isWide)
            {
                Fail(WireError.BadText);
            }

            return "";
        }

        return isWide ? WideText(Take(length * sizeof(char))) : _cache.Text(Take(length));
    }

    public byte[] Blob()
    {
        int length = Count(WireLimits.ValueBytes, 1);
        return length == 0 ? [] : Take(length).ToArray();
    }

    public ulong Varint()
    {
        if (!_rest.IsEmpty && _rest[0] < 0x80)
        {
            // Most numbers are small.
            byte value = _rest[0];
            _rest = _rest[1..];
            return value;
        }

        return LongVarint();
    }

    private ulong LongVarint()
    {
        ulong value = 0;
        int length = 0;
        for (int shift = 0; shift < VarintBits; shift += 7)
        {
            if (length == _rest.Length)
            {
                Fail(WireError.Truncated);
                return 0;
            }

            byte next = _rest[length++];
            ulong bits = next & 0x7Fu;
            bool isTooLarge = shift == VarintBits - 1 && bits > 1;
            bool isOverlong = next == 0 && shift > 0;
            if (isTooLarge || isOverlong)
            {
                Fail(WireError.BadNumber);
                return 0;
            }

            value |= bits << shift;
            if (next < 0x80)
            {
                _rest = _rest[length..];
                return value;
            }
        }

        Fail(WireError.BadNumber);
        return 0;
    }

    private string WideText(ReadOnlySpan<byte> bytes)
    {
        Span<char> characters = stackalloc char[WireLimits.KeyLength];
        characters = characters[..(bytes.Length / sizeof(char))];
        for (int index = 0; index < characters.Length; index++)
        {
            characters[index] = (char)BinaryPrimitives.ReadUInt16LittleEndian(bytes[(index * sizeof(char))..]);
        }

        if (!WireText.IsWide(characters))
        {
            Fail(WireError.BadText);
            return "";
        }

        return new string(characters);
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (_rest.Length < length)
        {
            Fail(WireError.Truncated);
            return default;
        }

        ReadOnlySpan<byte> taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
