using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.AspNetCore;

public sealed class OptionsTests
{
    private static async Task<string[]> ErrorsOfAsync(Dictionary<string, string?> configuration)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(configuration);
        builder.AddSessionReplication();
        using IHost host = builder.Build();
        OptionsValidationException failure = await Assert.ThrowsAsync<OptionsValidationException>(
            () => host.StartAsync(TestContext.Current.CancellationToken));
        return [.. failure.Failures];
    }

    [Fact]
    public async Task All_errors_are_told_at_once_with_key_value_and_what_is_allowed()
    {
        string[] errors = await ErrorsOfAsync(new()
        {
            ["Replication:Node"] = "node one",
            ["Replication:Mode"] = "mirror",
            ["Replication:PartitionPolicy"] = "never",
            ["Replication:Secret"] = "short",
            ["Replication:Port"] = "99999",
            ["Replication:Backups"] = "0",
            ["Replication:Peers:node2"] = "http://localhost",
            ["Replication:Voters:0"] = "balancer",
            ["Replication:HeartbeatInterval"] = "soon",
            ["Replication:SuspectAfter"] = "00:00:00.3",
            ["Replication:ListenAddress"] = "here",
        });
        Assert.Equal(
            [
                "Replication:Backups is '0': allowed is from 1 to 15.",
                "Replication:HeartbeatInterval is 'soon': allowed is a duration such as 00:00:01.5.",
                "Replication:ListenAddress is 'here': allowed is an IP address, for example 0.0.0.0, :: or 127.0.0.1.",
                "Replication:Mode is 'mirror': allowed is None, Delta, Backup, Shared.",
                "Replication:Node is 'node one': allowed is 1 to 64 letters, digits, '-' or '_'.",
                "Replication:PartitionPolicy is 'never': allowed is Majority, Available.",
                "Replication:Peers:node2 is 'http://localhost': allowed is tcp://host:port.",
                "Replication:Port is '99999': allowed is from 1 to 65535.",
                "Replication:Secret is '5 characters long': allowed is at least 16 characters.",
                "Replication:SuspectAfter is '00:00:00.3000000': allowed is more than twice HeartbeatInterval, "
                    + "which is 00:00:00.2250000.",
                "Replication:Voters:0 is 'balancer': allowed is the name of a peer, or of this node where its "
                    + "Role is Voter.",
            ],
            errors.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_secret_is_never_shown() =>
        Assert.DoesNotContain("hush", string.Concat(await ErrorsOfAsync(new() { ["Replication:Secret"] = "hush" })),
            StringComparison.Ordinal);

    [Fact]
    public async Task The_shared_mode_asks_for_its_store()
    {
        Dictionary<string, string?> configuration = TestCluster.Configure(1, 1);
        configuration["Replication:Mode"] = "shared";
        Assert.StartsWith(
            "ConnectionStrings:sessions is missing",
            Assert.Single(await ErrorsOfAsync(configuration)),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_cannot_be_read_is_refused_without_its_password()
    {
        Dictionary<string, string?> configuration = TestCluster.Configure(1, 1);
        configuration["Replication:Mode"] = "shared";
        configuration["ConnectionStrings:sessions"] = "localhost,password=hush,ssl=perhaps";
        string error = Assert.Single(await ErrorsOfAsync(configuration));
        Assert.StartsWith("ConnectionStrings:sessions is not readable", error, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_option_can_be_configured()
    {
        HashSet<string> read = [];
        var configuration = new RecordingConfiguration(read);
        new ReplicationOptionsBinder(configuration).Configure(new ReplicationOptions());
        IEnumerable<string> all = typeof(ReplicationOptions).GetProperties().Select(static property => property.Name);
        Assert.Empty(all.Except(read));
    }

    /// <summary>Notes which keys are asked for.</summary>
    private sealed class RecordingConfiguration(HashSet<string> read) : IConfigurationSection
    {
        public string Key => "";

        public string Path => "";

        public string? Value { get; set; }

        public string? this[string key]
        {
            get
            {
                read.Add(key);
                return null;
            }

            set => throw new NotSupportedException();
        }

        public IEnumerable<IConfigurationSection> GetChildren() => [];

        public Microsoft.Extensions.Primitives.IChangeToken GetReloadToken() => throw new NotSupportedException();

        public IConfigurationSection GetSection(string key)
        {
            read.Add(key);
            return this;
        }
    }
}
