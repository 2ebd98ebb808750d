using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using SessionCluster.Replication.AspNetCore.Security;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Writes <see cref="ReplicationHeaders.RequestKey"/> so that nodes believe it: sealed with the cluster's secret. By a
/// sealed key a node finds the session that an earlier try of the request has begun, so nobody outside the cluster may
/// make one. A balancer that is a member has this service from the container; another one that knows the secret makes
/// its own. Thread-safe.
/// </summary>
public sealed class RequestKeySeal
{
    private const int KeyDigits = 32;
    private const int SealBytes = 16;
    private const int TryMaximum = 9;

    // The key, a dot, one digit, a dot, the seal.
    private const int TextLength = KeyDigits + 3 + (SealBytes * 2);

    private readonly KeyedHash _hash;

    /// <summary>Makes what seals keys for the nodes of one cluster.</summary>
    /// <param name="secret">The cluster's secret, as <see cref="ReplicationOptions.Secret"/> of its nodes.</param>
    /// <param name="clusterName">Its name, as <see cref="ReplicationOptions.ClusterName"/> of its nodes.</param>
    public RequestKeySeal(string secret, string clusterName)
        : this(new ClusterSecret(secret, clusterName))
    {
    }

    internal RequestKeySeal(ClusterSecret secret) => _hash = secret.HashFor("request-key/1");

    /// <summary>The header's value for one try of a request.</summary>
    /// <param name="requestKey">The same for all tries: 128 bits that nobody can guess.</param>
    /// <param name="tryNumber">1 for the first try, and one more for each that may reach a node. From 1 to 9.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="tryNumber"/> is out of range.</exception>
    public string Write(Guid requestKey, int tryNumber)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tryNumber, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tryNumber, TryMaximum);
        Span<byte> seal = stackalloc byte[SealBytes];
        Compute(requestKey, tryNumber, seal);
        Span<char> text = stackalloc char[TextLength];
        requestKey.TryFormat(text, out _, "N");
        (text[KeyDigits], text[KeyDigits + 1], text[KeyDigits + 2]) = ('.', (char)('0' + tryNumber), '.');
        Convert.TryToHexStringLower(seal, text[(KeyDigits + 3)..], out _);
        return new string(text);
    }

    /// <summary>Reads what <see cref="Write"/> has made, and nothing else.</summary>
    internal bool TryRead(string text, out Guid requestKey, out int tryNumber) =>
        TryReadClaim(text, out requestKey, out tryNumber) && IsRight(text, requestKey, tryNumber);

    /// <summary>Reads what a text says of itself. Anybody could have written it.</summary>
    internal static bool TryReadClaim(string text, out Guid requestKey, out int tryNumber)
    {
        (requestKey, tryNumber) = (default, 0);
        if (text.Length != TextLength || text[KeyDigits] != '.' || text[KeyDigits + 2] != '.'
            || !Guid.TryParseExact(text.AsSpan(0, KeyDigits), "N", out requestKey)
            || text[KeyDigits + 1] is not (>= '1' and <= '9'))
        {
            return false;
        }

        tryNumber = text[KeyDigits + 1] - '0';
        return true;
    }

    /// <summary>Whether the seal is right of a text that says this key and this try.</summary>
    internal bool IsRight(string text, Guid requestKey, int tryNumber)
    {
        Span<byte> given = stackalloc byte[SealBytes];
        Span<byte> right = stackalloc byte[SealBytes];
        Compute(requestKey, tryNumber, right);
        return Convert.FromHexString(text.AsSpan(KeyDigits + 3), given, out _, out int written) == OperationStatus.Done
            && written == SealBytes
            && CryptographicOperations.FixedTimeEquals(given, right);
    }

    private void Compute(Guid requestKey, int tryNumber, Span<byte> seal)
    {
        Span<byte> message = stackalloc byte[16 + sizeof(int)];
        requestKey.TryWriteBytes(message);
        BinaryPrimitives.WriteInt32LittleEndian(message[16..], tryNumber);
        Span<byte> hash = stackalloc byte[KeyedHash.Length];
        _hash.Compute(message, hash);
        hash[..SealBytes].CopyTo(seal);
    }
}
