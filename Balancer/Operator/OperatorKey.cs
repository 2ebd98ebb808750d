using System.Security.Cryptography;
using System.Text;
using SessionCluster.Balancer.Configuration;

namespace SessionCluster.Balancer.Operator;

/// <summary>The key of whoever may change the cluster. Where none is set, nobody may.</summary>
internal sealed class OperatorKey(BalancerOptions options)
{
    /// <summary>The request header that carries it. A form on another site cannot send one.</summary>
    public const string HeaderName = "Operator-Key";

    private readonly byte[]? _digest = options.OperatorKey is { } key ? Digest(key) : null;

    /// <summary>Whether a key is set at all.</summary>
    public bool IsSet => _digest is not null;

    /// <summary>Compares in constant time; digests, so that not even the length shows.</summary>
    public bool Matches(string? presented) =>
        _digest is not null && presented is not null
        && CryptographicOperations.FixedTimeEquals(_digest, Digest(presented));

    private static byte[] Digest(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
