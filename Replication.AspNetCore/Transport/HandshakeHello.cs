using System.Buffers.Binary;
using System.Text;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// The first message of each end of a connection: who it says it is, and a number that was never used before.
/// </summary>
/// <param name="WireVersion">The version of the wire format that it speaks.</param>
/// <param name="Cluster">Its cluster.</param>
/// <param name="Self">Its process.</param>
/// <param name="Role">What it does.</param>
internal sealed record HandshakeHello(byte WireVersion, string Cluster, Member Self, MemberRole Role)
{
    public const int NonceBytes = 32;

    /// <summary>The greatest length of a cluster's name in UTF-8.</summary>
    public const int ClusterBytesMaximum = 128;

    /// <summary>No hello is longer; so a stranger can make a member hold no more than this.</summary>
    public const int BytesMaximum =
        MagicBytes + 1 + NonceBytes + sizeof(long) + 1 + 1 + NodeId.MaximumLength + 1 + ClusterBytesMaximum;

    private const int MagicBytes = 4;

    /// <summary>The magic and the version stand first in every version of this format, whatever follows.</summary>
    private static ReadOnlySpan<byte> Magic => "SCLU"u8;

    /// <summary>Encodes a hello.</summary>
    public byte[] ToBytes(ReadOnlySpan<byte> nonce)
    {
        byte[] cluster = Encoding.UTF8.GetBytes(Cluster);
        byte[] node = Encoding.ASCII.GetBytes(Self.Node.Name);
        Span<byte> numbers = stackalloc byte[sizeof(long) + 1];
        BinaryPrimitives.WriteInt64BigEndian(numbers, Self.Incarnation);
        numbers[^1] = (byte)Role;
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
            hello = new HandshakeHello(version, "", default, default);
            return HandshakeRefusal.WireVersion;
        }

        ReadOnlySpan<byte> rest = bytes[(MagicBytes + 1)..];
        if (rest.Length < NonceBytes + sizeof(long) + 1)
        {
            return HandshakeRefusal.Malformed;
        }

        rest = rest[NonceBytes..];
        long incarnation = BinaryPrimitives.ReadInt64BigEndian(rest);
        var role = (MemberRole)rest[sizeof(long)];
        rest = rest[(sizeof(long) + 1)..];
        if (!TryTake(ref rest, NodeId.MaximumLength, out string? node) || !NodeId.IsValid(node)
            || !TryTake(ref rest, ClusterBytesMaximum, out string? cluster)
            || !rest.IsEmpty || incarnation < 0 || !Enum.IsDefined(role))
        {
            return HandshakeRefusal.Malformed;
        }

        hello = new HandshakeHello(version, cluster!, new Member(new NodeId(node!), incarnation), role);
        return HandshakeRefusal.None;
    }

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
