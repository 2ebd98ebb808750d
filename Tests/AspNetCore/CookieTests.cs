using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SessionCluster.Replication.AspNetCore.Security;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>Cookies are read by every node that knows the secret, with nothing stored, for ever.</summary>
public sealed class CookieTests
{
    private static TestNode Node(int number, string secret, Action<IServiceCollection>? configure = null)
    {
        Dictionary<string, string?> configuration =
            TestCluster.Configure(number, 1, new Dictionary<string, string?> { ["Secret"] = secret });
        return TestNode.Create(
            new MemoryNetwork(), configuration, builder => configure?.Invoke(builder.Services), SessionApp.Map);
    }

    private static IDataProtector Protector(TestNode node) =>
        node.App.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("SessionMiddleware");

    [Fact]
    public async Task Nodes_with_the_same_secret_read_each_others_cookies()
    {
        await using TestNode first = Node(1, TestCluster.Secret);
        await using TestNode second = Node(1, TestCluster.Secret);
        Assert.Equal("key", Protector(second).Unprotect(Protector(first).Protect("key")));
    }

    [Fact]
    public async Task Nodes_with_different_secrets_do_not()
    {
        await using TestNode first = Node(1, TestCluster.Secret);
        await using TestNode second = Node(1, "another secret, just as long");
        string sealedKey = Protector(first).Protect("key");
        Assert.Throws<CryptographicException>(() => Protector(second).Unprotect(sealedKey));
    }

    [Fact]
    public async Task The_derived_key_is_valid_for_thousands_of_years_and_no_other_is_ever_made()
    {
        await using TestNode node = Node(1, TestCluster.Secret);
        IKeyManager keys = node.App.Services.GetRequiredService<IKeyManager>();
        IKey key = Assert.Single(keys.GetAllKeys());
        Assert.True(key.ExpirationDate.Year >= 9000);
        Assert.True(key.ActivationDate.Year <= 2020);
        Assert.False(node.App.Services.GetRequiredService<IOptions<KeyManagementOptions>>().Value.AutoGenerateKeys);
    }

    [Fact]
    public async Task A_key_ring_and_a_name_of_the_applications_own_stay()
    {
        var own = new OwnRepository();
        await using TestNode node = Node(1, TestCluster.Secret, services =>
        {
            services.AddDataProtection().SetApplicationName("own");
            services.Configure<KeyManagementOptions>(options => options.XmlRepository = own);
        });
        Assert.Same(own, node.App.Services.GetRequiredService<IOptions<KeyManagementOptions>>().Value.XmlRepository);
        IOptions<DataProtectionOptions> options =
            node.App.Services.GetRequiredService<IOptions<DataProtectionOptions>>();
        Assert.Equal("own", options.Value.ApplicationDiscriminator);
    }

    [Fact]
    public void Keys_of_different_purposes_and_clusters_differ()
    {
        var secret = new ClusterSecret(TestCluster.Secret, "one");
        var other = new ClusterSecret(TestCluster.Secret, "two");
        Assert.NotEqual(secret.Derive("a", 32), secret.Derive("b", 32));
        Assert.NotEqual(secret.Derive("a", 32), other.Derive("a", 32));
        Assert.NotEqual(secret.IdOf("key"), other.IdOf("key"));
        Assert.Equal(secret.IdOf("key"), new ClusterSecret(TestCluster.Secret, "one").IdOf("key"));
    }

    [Fact]
    public void The_derivation_never_changes_or_a_rolling_upgrade_would_end_all_sessions()
    {
        var secret = new ClusterSecret("0123456789abcdef", "session-cluster");
        Assert.Equal(
            "940969bdb12e32f64d5e580f940d26d1cce41f2c19eacf1cd2117aa863bdf1d2",
            secret.IdOf("382c74c3-721d-4f34-80e5-57657b6cbc27").ToString());
    }

    private sealed class OwnRepository : IXmlRepository
    {
        public IReadOnlyCollection<System.Xml.Linq.XElement> GetAllElements() => [];

        public void StoreElement(System.Xml.Linq.XElement element, string friendlyName)
        {
        }
    }
}
