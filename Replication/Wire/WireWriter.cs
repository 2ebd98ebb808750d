using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace SessionCluster.Replication;

/// <summary>Writes the elements of which messages consist. Call <see cref="Complete"/> at the end.</summary>
internal ref struct WireWriter(IBufferWriter<byte> output)
{
    /// <summary>Enough for a usual commit, so that it asks the output for memory only once.</summary>
    private const int Chunk = 256;

    private const int VarintBytes = 10;

    private Span<byte> _free;
    private int _pending;
    private int _written;

    /// <summary>Hands everything to the output.</summary>
    public void Complete()
    {
        Hand();
        _free = default;
    }

    public void Kind(MessageKind kind) => Byte((byte)kind);

    public void Byte(byte value) => Reserve(1)[0] = value;

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    /// <summary>A number that is never negative: seven bits a byte, the lowest first.</summary>
    public void Number(long value)
    {
        Require(value >= 0, "A number that must not be negative is negative.");
        Varint((ulong)value);
    }

    /// <summary>A number that may be negative: small ones stay short on both sides of zero.</summary>
    public void Signed(long value) => Varint(unchecked((ulong)((value << 1) ^ (value >> 63))));

    /// <summary>A count, checked against the greatest one that a receiver takes.</summary>
    public void Count(int value, int maximum)
    {
        Require(value <= maximum, "A list is longer than a message may carry.");
        Varint((uint)value);
    }

    /// <summary>64 bits that look random, which a varint would only make longer.</summary>
    public void Bits(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Reserve(sizeof(ulong)), value);

    public void Session(SessionId session) => session.WriteTo(Reserve(SessionId.Length));

    public void Guid(Guid value) => value.TryWriteBytes(Reserve(16), bigEndian: true, out _);

    /// <summary>A duration in whole milliseconds; what is less is cut off, and less than nothing is nothing.</summary>
    public void Milliseconds(TimeSpan value) => Number(Math.Max(0, value.Ticks / TimeSpan.TicksPerMillisecond));

    /// <summary>A name, or nobody as an empty one.</summary>
    public void Node(NodeId node)
    {
        string name = node.Name;
        Span<byte> target = Reserve(1 + name.Length);
        target[0] = (byte)name.Length;
        Encoding.ASCII.GetBytes(name, target[1..]);
    }

    /// <summary>
    /// A key. Any text survives, also one that is not valid Unicode: one byte a character where all of them fit, else
    /// two.
    /// </summary>
    public void Text(string text)
    {
        Require(text.Length <= WireLimits.KeyLength, "A key is longer than a message may carry.");
        bool isWide = WireText.IsWide(text);
        Varint(((uint)text.Length << 1) | (isWide ? 1u : 0u));
        Span<byte> target = Reserve(text.Length * (isWide ? sizeof(char) : 1));
        if (isWide)
        {
            WriteWide(text, target);
            return;
        }

        Encoding.Latin1.GetBytes(text, target);
    }

    public void Blob(byte[] value)
    {
        Require(value.Length <= WireLimits.ValueBytes, "A value is larger than a message may carry.");
        Varint((uint)value.Length);
        ReadOnlySpan<byte> rest = value;
        while (rest.Length > 0)
        {
            if (_free.Length == 0)
            {
                Ask(Math.Min(rest.Length, Chunk));
            }

            int length = Math.Min(rest.Length, _free.Length);
            rest[..length].CopyTo(Reserve(length));
            rest = rest[length..];
        }
    }

    /// <summary>Refuses what no receiver would take.</summary>
    public static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new WireLimitException(message);
        }
    }

    private static void WriteWide(string text, Span<byte> target)
    {
        for (int index = 0; index < text.Length; index++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(target[(index * sizeof(char))..], text[index]);
        }
    }

    private void Varint(ulong value)
    {
        Span<byte> target = Room(VarintBytes);
        int length = 0;
        while (value >= 0x80)
        {
            target[length++] = unchecked((byte)(value | 0x80));
            value >>= 7;
        }

        target[length++] = (byte)value;
        Reserve(length);
    }

    private Span<byte> Reserve(int length)
    {
        Span<byte> reserved = Room(length)[..length];
        _free = _free[length..];
        _pending += length;
        return reserved;
    }

    private Span<byte> Room(int length)
    {
        if (_free.Length < length)
        {
            Ask(Math.Max(length, Chunk));
        }

        return _free;
    }

    private void Ask(int length)
    {
        Hand();
        _free = output.GetSpan(length);
    }

    private void Hand()
    {
        _written += _pending;
        Require(_written <= WireLimits.MessageBytes, "A message is larger than a receiver takes.");
        output.Advance(_pending);
        _pending = 0;
    }
}
