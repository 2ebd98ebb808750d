using System.Security.Cryptography;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// What both ends of one connection can compute when they know the cluster's secret and have seen the same two hellos.
/// Both hellos hold a fresh nonce, so nothing of this is ever valid on another connection.
/// </summary>
internal sealed class HandshakeSecrets
{
    public const int ProofBytes = HMACSHA256.HashSizeInBytes;

    private readonly byte[] _root;
    private readonly byte[] _transcript;

    /// <summary>Derives everything of one connection.</summary>
    /// <param name="secret">The cluster's secret.</param>
    /// <param name="dialing">The hello of the end that has dialed, as it was sent.</param>
    /// <param name="listening">The hello of the other end, as it was sent.</param>
    public HandshakeSecrets(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> dialing, ReadOnlySpan<byte> listening)
    {
        // Hashed one by one, so that no two pairs of hellos make the same transcript.
        Span<byte> hashes = stackalloc byte[SHA256.HashSizeInBytes * 2];
        SHA256.HashData(dialing, hashes[..SHA256.HashSizeInBytes]);
        SHA256.HashData(listening, hashes[SHA256.HashSizeInBytes..]);
        _transcript = SHA256.HashData(hashes);
        _root = HKDF.Extract(HashAlgorithmName.SHA256, secret.ToArray(), _transcript);
    }

    /// <summary>
    /// The proof of the end that has dialed, or of the other one. The labels keep one from serving as the other.
    /// </summary>
    public byte[] Proof(bool ofDialing)
    {
        byte[] key = Derive(ofDialing ? "proof of the dialing end"u8 : "proof of the listening end"u8);
        return HMACSHA256.HashData(key, _transcript);
    }

    /// <summary>Whether bytes are the proof of an end; takes the same time wherever they differ.</summary>
    public bool IsProof(ReadOnlySpan<byte> bytes, bool ofDialing) =>
        CryptographicOperations.FixedTimeEquals(bytes, Proof(ofDialing));

    /// <summary>The key of the frames that an end sends.</summary>
    public byte[] FrameKey(bool ofDialing) =>
        Derive(ofDialing ? "frames of the dialing end"u8 : "frames of the listening end"u8);

    private byte[] Derive(ReadOnlySpan<byte> label)
    {
        byte[] key = new byte[FrameFormat.KeyBytes];
        HKDF.Expand(HashAlgorithmName.SHA256, _root, key, label);
        return key;
    }
}
