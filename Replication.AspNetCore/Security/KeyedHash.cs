using System.Security.Cryptography;
using Microsoft.Extensions.ObjectPool;

namespace SessionCluster.Replication.AspNetCore.Security;

/// <summary>HMAC with SHA-256 under one key (RFC 2104). Thread-safe.</summary>
/// <remarks>
/// The platform's one-shot hash looks its algorithm up and prepares the key each time, which takes longer than the
/// hash of a short message. So what is prepared is kept.
/// </remarks>
internal sealed class KeyedHash(byte[] key)
{
    /// <summary>The length of a hash in bytes.</summary>
    public const int Length = HMACSHA256.HashSizeInBytes;

    private readonly ObjectPool<IncrementalHash> _prepared =
        new DefaultObjectPool<IncrementalHash>(new Preparation(key));

    /// <summary>Writes the hash of a message.</summary>
    public void Compute(ReadOnlySpan<byte> message, Span<byte> hash)
    {
        IncrementalHash prepared = _prepared.Get();
        prepared.AppendData(message);
        prepared.GetHashAndReset(hash);
        _prepared.Return(prepared);
    }

    private sealed class Preparation(byte[] key) : PooledObjectPolicy<IncrementalHash>
    {
        public override IncrementalHash Create() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);

        public override bool Return(IncrementalHash prepared) => true;
    }
}
