using System.Security.Cryptography;
using System.Text;

namespace SessionCluster.Replication.AspNetCore.Security;

/// <summary>
/// Derives a key for each purpose from the cluster's secret, so that a key that leaks tells nothing of the others.
/// See docs/decisions/0010.
/// </summary>
internal sealed class ClusterSecret
{
    public const int KeyLength = 32;
    private const int LabelBytes = 4;

    private readonly byte[] _secret;
    private readonly byte[] _salt;
    private readonly KeyedHash _sessionIds;
    private readonly KeyedHash _labels;
    private readonly KeyedHash _cookies;

    public ClusterSecret(ReplicationOptions options)
        : this(options.Secret, options.ClusterName)
    {
    }

    public ClusterSecret(string secret, string clusterName)
    {
        _secret = Encoding.UTF8.GetBytes(secret);
        _salt = Encoding.UTF8.GetBytes("SessionCluster/" + clusterName);
        _sessionIds = HashFor("session-id/1");
        _labels = HashFor("log-label/1");
        _cookies = HashFor("cookie-of-request/1");
    }

    /// <summary>A key for one purpose; always the same for the same secret, cluster name and purpose.</summary>
    public byte[] Derive(string purpose, int length) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _secret, length, _salt, Encoding.UTF8.GetBytes(purpose));

    /// <summary>A keyed hash for one purpose.</summary>
    public KeyedHash HashFor(string purpose) => new(Derive(purpose, KeyLength));

    /// <summary>
    /// The session of a cookie. The way back does not exist: who sees the identifier cannot make the cookie.
    /// </summary>
    public SessionId IdOf(string sessionKey)
    {
        Span<byte> text = stackalloc byte[256];
        ReadOnlySpan<byte> key = Encoding.UTF8.TryGetBytes(sessionKey, text, out int written)
            ? text[..written]
            : Encoding.UTF8.GetBytes(sessionKey);
        Span<byte> hash = stackalloc byte[KeyedHash.Length];
        _sessionIds.Compute(key, hash);
        return new SessionId(hash);
    }

    /// <summary>
    /// What the cookie of a session holds that a try of a request begins. Every node finds the same, and nobody without
    /// the secret does.
    /// </summary>
    public string CookieOf(Guid requestKey, int tryNumber, string? formerCookie)
    {
        byte[] former = Encoding.UTF8.GetBytes(formerCookie ?? "");
        byte[] message = [.. requestKey.ToByteArray(), (byte)tryNumber, .. former];
        Span<byte> hash = stackalloc byte[KeyedHash.Length];
        _cookies.Compute(message, hash);
        return new Guid(hash[..16]).ToString();
    }

    /// <summary>
    /// A name for a session in the log, from which neither its identifier nor its cookie can be learnt.
    /// </summary>
    public string LabelOf(SessionId session)
    {
        Span<byte> id = stackalloc byte[SessionId.Length];
        session.WriteTo(id);
        Span<byte> hash = stackalloc byte[KeyedHash.Length];
        _labels.Compute(id, hash);
        return Convert.ToHexStringLower(hash[..LabelBytes]);
    }
}
