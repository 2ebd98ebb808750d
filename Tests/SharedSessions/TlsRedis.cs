using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>Redis that speaks TLS only, with a certificate of an authority that nobody knows but who is told.</summary>
internal sealed class TlsRedis : RedisUnderTest
{
    /// <summary>The host that the certificate is for.</summary>
    private const string Host = "localhost";

    public TlsRedis()
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using RSA authorityKey = RSA.Create(2048);
        CertificateRequest authority = NewRequest("authority under test", authorityKey);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 root = authority.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));

        using RSA key = RSA.Create(2048);
        CertificateRequest request = NewRequest(Host, key);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Host);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 leaf =
            request.Create(root, now.AddDays(-1), now.AddDays(1), RandomNumberGenerator.GetBytes(8));

        File.WriteAllText(AuthorityPath, root.ExportCertificatePem());
        File.WriteAllText(PathOf("server.crt"), leaf.ExportCertificatePem());
        File.WriteAllText(PathOf("server.key"), key.ExportPkcs8PrivateKeyPem());
    }

    public override string ConnectionString =>
        string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port},ssl=true,sslHost={Host}");

    /// <summary>The certificate of the authority, for who is to trust it.</summary>
    public string AuthorityPath => PathOf("authority.crt");

    protected override IEnumerable<string> Arguments =>
    [
        "--port", "0", "--tls-port", Port.ToString(CultureInfo.InvariantCulture), "--tls-auth-clients", "no",
        "--tls-cert-file", PathOf("server.crt"), "--tls-key-file", PathOf("server.key"),
        "--tls-ca-cert-file", AuthorityPath,
    ];

    private static CertificateRequest NewRequest(string name, RSA key) =>
        new($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    private string PathOf(string file) => Path.Combine(Folder.FullName, file);
}
