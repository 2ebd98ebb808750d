using System.Security.Cryptography;
using SessionCluster.Replication.AspNetCore.Security;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>What the cookie holds, and the session that derives from it.</summary>
/// <param name="Key">The content of the cookie, a secret: a GUID of 128 random bits, as the stock one.</param>
/// <param name="Id">The session.</param>
internal readonly record struct SessionIdentity(string Key, SessionId Id)
{
    private const int KeyBytes = 16;

    public static SessionIdentity Of(string key, ClusterSecret secret) => new(key, secret.IdOf(key));

    public static SessionIdentity CreateFresh(ClusterSecret secret) => Of(CreateKey(), secret);

    /// <summary>A key that was never used.</summary>
    public static string CreateKey()
    {
        Span<byte> random = stackalloc byte[KeyBytes];
        RandomNumberGenerator.Fill(random);
        return new Guid(random).ToString();
    }
}
