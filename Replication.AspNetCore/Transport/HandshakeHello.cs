using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// The first message of each end of a connection: who it says it is, and a number that was never used before.
/// </summary>
/// <param name="WireVersion">The version of the wire format that it speaks.</param>
/// <param name="Cluster">Its cluster.</param>
/// <param name="Self">Its process.</param>
/// <param name="Role">What it does.</param>
/// <param name="Times">Its times, from a millisecond to a day; parts of a millisecond are rounded up.</param>
internal sealed record HandshakeHello(
    byte WireVersion, string Cluster, Member Self, MemberRole Role, MemberTimes Times)
{
    public const int NonceBytes = 32;

    /// <summary>The greatest length of a cluster's name in UTF-8.</summary>
    public const int ClusterBytesMaximum = 128;

    /// <summary>No hello is longer; so a stranger can make a member hold no more than this.</summary>
    public const int BytesMaximum =
        MagicBytes + 1 + NonceBytes + NumbersBytes + 1 + NodeId.MaximumLength + 1 + ClusterBytesMaximum;

    private const int MagicBytes = 4;

    /// <summary>Incarnation, role, and two times.</summary>
    private const int NumbersBytes = sizeof(long) + 1 + (2 * sizeof(int));

    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(1);

    /// <summary>The magic and the version stand first in every version of this format, whatever follows.</summary>
    private static ReadOnlySpan<byte> Magic => "SCLU"u8;

    /// <summary>Encodes a hello.</summary>
    public byte[] ToBytes(ReadOnlySpan<byte> nonce)
    {
        byte[] cluster = Encoding.UTF8.GetBytes(Cluster);
        byte[] node = Encoding.ASCII.GetBytes(Self.Node.Name);
        Span<byte> numbers = stackalloc byte[NumbersBytes];
        BinaryPrimitives.WriteInt64BigEndian(numbers, Self.Incarnation);
        numbers[sizeof(long)] = (byte)Role;
        WriteTime(numbers[(sizeof(long) + 1)..], Times.SuspectAfter);
        WriteTime(numbers[^sizeof(int)..], Times.FoundingPatience);
        return
        [
            .. Magic, WireVersion, .. nonce, .. numbers,
            checked((byte)node.Length), .. node, checked((byte)cluster.Length), .. cluster,
        ];
    }

    /// <summary>Reads a hello that anybody may have made.</summary>
    public static HandshakeRefusal TryRead(ReadOnlySpan<byte> bytes, out HandshakeHello? hello)
    {
        hello = null;
        if (bytes.Length <= MagicBytes || !bytes[..MagicBytes].SequenceEqual(Magic))
        {
            return HandshakeRefusal.Malformed;
        }

        byte version = bytes[MagicBytes];
        if (version != MessageCodec.WireVersion)
        {
            hello = new HandshakeHello(version, "", default, default, default);
            return HandshakeRefusal.WireVersion;
        }

        ReadOnlySpan<byte> rest = bytes[(MagicBytes + 1)..];
        if (rest.Length < NonceBytes + NumbersBytes)
        {
            return HandshakeRefusal.Malformed;
        }

        rest = rest[NonceBytes..];
        long incarnation = BinaryPrimitives.ReadInt64BigEndian(rest);
        var role = (MemberRole)rest[sizeof(long)];
        var times = new MemberTimes(
            ReadTime(rest[(sizeof(long) + 1)..]), ReadTime(rest[(NumbersBytes - sizeof(int))..]));
        rest = rest[NumbersBytes..];
        if (!TryTake(ref rest, NodeId.MaximumLength, out string? node) || !NodeId.IsValid(node)
            || !TryTake(ref rest, ClusterBytesMaximum, out string? cluster)
            || !rest.IsEmpty || incarnation < 0 || !Enum.IsDefined(role)
            || !IsPossible(times.SuspectAfter) || !IsPossible(times.FoundingPatience))
        {
            return HandshakeRefusal.Malformed;
        }

        hello = new HandshakeHello(version, cluster!, new Member(new NodeId(node!), incarnation), role, times);
        return HandshakeRefusal.None;
    }

    private static void WriteTime(Span<byte> target, TimeSpan time)
    {
        Debug.Assert(IsPossible(time), "The options' validator allows no such time.");
        BinaryPrimitives.WriteUInt32BigEndian(target, (uint)Math.Ceiling(time.TotalMilliseconds));
    }

    private static TimeSpan ReadTime(ReadOnlySpan<byte> source) =>
        TimeSpan.FromMilliseconds(BinaryPrimitives.ReadUInt32BigEndian(source));

    private static bool IsPossible(TimeSpan time) => time >= TimeSpan.FromMilliseconds(1) && time <= LongestTime;

    private static bool TryTake(ref ReadOnlySpan<byte> rest, int maximum, out string? text)
    {
        text = null;
        if (rest.IsEmpty || rest[0] > maximum || rest.Length <= rest[0])
        {
            return false;
        }

        text = Encoding.UTF8.GetString(rest.Slice(1, rest[0]));
        rest = rest[(rest[0] + 1)..];
        return true;
    }
}
