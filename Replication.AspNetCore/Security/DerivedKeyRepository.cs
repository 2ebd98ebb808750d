using System.Globalization;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace SessionCluster.Replication.AspNetCore.Security;

/// <summary>
/// A key ring of one key that every node derives from the cluster's secret: cookies of any node are read by every node,
/// before and after all restarts, and nothing is stored anywhere.
/// </summary>
internal sealed class DerivedKeyRepository(ClusterSecret secret) : IXmlRepository
{
    // 512 bits, the length of a master key of ASP.NET Core's own key ring.
    private const int MasterKeyLength = 64;
    private const int IdentifierLength = 16;

    // Far in the past and in the future: the secret is what ages, not the key that derives from it.
    private const string Created = "2020-01-01T00:00:00Z";
    private const string Expires = "9000-01-01T00:00:00Z";

    private const string Deserializer =
        "Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption.ConfigurationModel."
        + "AuthenticatedEncryptorDescriptorDeserializer, Microsoft.AspNetCore.DataProtection";

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        var identifier = new Guid(secret.Derive("data-protection-id/1", IdentifierLength));
        string masterKey = Convert.ToBase64String(secret.Derive("data-protection/1", MasterKeyLength));
        return
        [
            new XElement(
                "key",
                new XAttribute("id", identifier.ToString("D", CultureInfo.InvariantCulture)),
                new XAttribute("version", 1),
                new XElement("creationDate", Created),
                new XElement("activationDate", Created),
                new XElement("expirationDate", Expires),
                new XElement(
                    "descriptor",
                    new XAttribute("deserializerType", Deserializer),
                    new XElement(
                        "descriptor",
                        new XElement("encryption", new XAttribute("algorithm", "AES_256_CBC")),
                        new XElement("validation", new XAttribute("algorithm", "HMACSHA256")),
                        new XElement("masterKey", new XElement("value", masterKey))))),
        ];
    }

    /// <summary>Only a new or a revoked key would be stored; neither is possible with a derived one.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public void StoreElement(XElement element, string friendlyName) => throw new NotSupportedException(
        "The keys derive from Replication:Secret and cannot be added to or revoked: change the secret instead, "
        + "or configure a key ring of your own, for example with PersistKeysToFileSystem.");
}
