using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace SessionCluster.Replication.AspNetCore.Security;

/// <summary>The key of whoever may drain this node. Where none is set, nobody may.</summary>
internal sealed class OperatorKey(IOptions<ReplicationOptions> options)
{
    /// <summary>The request header that carries it. A form on another site cannot send one.</summary>
    public const string HeaderName = "Operator-Key";

    private readonly byte[]? _digest =
        string.IsNullOrEmpty(options.Value.OperatorKey) ? null : Digest(options.Value.OperatorKey);

    public bool IsSet => _digest is not null;

    /// <summary>Compares in constant time; digests, so that not even the length shows.</summary>
    public bool Matches(string? presented) =>
        _digest is not null && presented is not null
        && CryptographicOperations.FixedTimeEquals(_digest, Digest(presented));

    private static byte[] Digest(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
