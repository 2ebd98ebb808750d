using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.Infrastructure;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SessionCluster.Replication.AspNetCore.Security;

/// <summary>
/// Gives data protection the derived key ring and one application name on all nodes; a key ring or a name that the
/// application has configured stays.
/// </summary>
internal sealed class DataProtectionSetup(
    ClusterSecret secret, IOptions<ReplicationOptions> replication, IServiceProvider services)
    : IPostConfigureOptions<KeyManagementOptions>, IPostConfigureOptions<DataProtectionOptions>
{
    public void PostConfigure(string? name, KeyManagementOptions options)
    {
        if (options.XmlRepository is null)
        {
            options.XmlRepository = new DerivedKeyRepository(secret);
            options.AutoGenerateKeys = false;
        }
    }

    public void PostConfigure(string? name, DataProtectionOptions options)
    {
        // The host's own default is the path of the application, which differs from node to node.
        string? hostDefault = services.GetService<IApplicationDiscriminator>()?.Discriminator;
        if (options.ApplicationDiscriminator is null || options.ApplicationDiscriminator == hostDefault)
        {
            options.ApplicationDiscriminator = "SessionCluster/" + replication.Value.ClusterName;
        }
    }
}
