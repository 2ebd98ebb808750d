using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;
using SessionCluster.Replication.AspNetCore.Hosting;

namespace SessionCluster.Tests.AspNetCore;

public sealed class OptionsTests
{
    private static async Task<string[]> ErrorsOfAsync(
        Dictionary<string, string?> configuration, Action<ReplicationOptions>? configure = null)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(configuration);
        builder.AddSessionReplication(configure ?? (static _ => { }));
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
            ["Replication:HeartbeatIntervall"] = "00:00:01",
        });
        Assert.Equal(
            [
                "Replication:Backups is '0': allowed is from 1 to 15.",
                "Replication:HeartbeatInterval is 'soon': allowed is a duration such as 00:00:01.5.",
                "Replication:HeartbeatIntervall is no known key: the nearest is HeartbeatInterval.",
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
    public async Task Longer_times_than_what_a_request_has_done_is_remembered_are_refused()
    {
        var options = new ReplicationOptions
        {
            Node = "node1", SuspectAfter = TimeSpan.FromSeconds(10), CommitTimeout = TimeSpan.FromSeconds(10),
        };
        ReplicationSettings longest = SettingsFactory.Create(options, new SessionOptions(), TimeProvider.System);
        Assert.True(longest.ForwardAgeMaximum < SessionState.OutcomesAge * TimeSpan.FromSeconds(0.1));
        Assert.True(longest.FoundingPatience >= longest.SuspectAfter * 5);

        Dictionary<string, string?> configuration = TestCluster.Configure(1, 1);
        configuration["Replication:SuspectAfter"] = "00:00:10.1";
        configuration["Replication:CommitTimeout"] = "00:00:10.1";
        Assert.Equal(
            [
                "Replication:CommitTimeout is '00:00:10.1000000': allowed is from 00:00:00.1000000 to 00:00:10.",
                "Replication:SuspectAfter is '00:00:10.1000000': allowed is from 00:00:00.1000000 to 00:00:10.",
            ],
            (await ErrorsOfAsync(configuration)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Secrte", "the nearest is Secret")]
    [InlineData("PEER:node2", "the nearest is Peers:name")]
    [InlineData("Node:Name", "the nearest is Node")]
    [InlineData("Voters", "the nearest is Voters:0")]
    [InlineData("Colour", "allowed is Backups, ClusterName, CommitTimeout, DrainNotice, DrainTimeout, "
        + "HeartbeatInterval, HolderPatience, ListenAddress, LostSessionPolicy, MaximumOutcomeBytes, "
        + "MaximumResponseHeldBytes, MaximumSessionBytes, Mode, Node, OperatorKey, PartitionPolicy, Peers:name, "
        + "Port, RehearsesFailover, Role, Secret, SendRoute, Store, SuspectAfter, Voters:0")]
    public async Task A_key_that_is_not_known_is_refused_without_its_value(string key, string said)
    {
        Dictionary<string, string?> configuration = TestCluster.Configure(1, 1);
        configuration["Replication:" + key] = "hush";
        Assert.Equal([$"Replication:{key} is no known key: {said}."], await ErrorsOfAsync(configuration));
    }

    [Fact]
    public void Known_keys_are_taken_however_they_are_written_and_a_list_may_be_empty()
    {
        var options = new ReplicationOptions();
        using var file = new MemoryStream("""
            { "Replication": { "MODE": "delta", "peers": { "node2": "tcp://node2:7000" }, "Voters": [], "Port": null } }
            """u8.ToArray());
        new ReplicationOptionsBinder(new ConfigurationBuilder().AddJsonStream(file).Build()).Configure(options);
        Assert.Empty(options.BindingErrors);
        Assert.Equal((ReplicationMode.Delta, "node2"), (options.Mode, Assert.Single(options.Peers).Key));
    }

    [Fact]
    public async Task A_choice_that_is_none_is_refused_also_where_it_was_set_in_code() =>
        Assert.Equal(
            [
                "Replication:LostSessionPolicy is '9': allowed is StartNew, Gone.",
                "Replication:Mode is '9': allowed is None, Delta, Backup, Shared.",
                "Replication:PartitionPolicy is '9': allowed is Majority, Available.",
                "Replication:Role is '9': allowed is Node, Voter.",
            ],
            (await ErrorsOfAsync(TestCluster.Configure(1, 1), static options =>
            {
                options.Mode = (ReplicationMode)9;
                options.PartitionPolicy = (PartitionPolicy)9;
                options.Role = (MemberRole)9;
                options.LostSessionPolicy = (LostSessionPolicy)9;
            })).Order(StringComparer.Ordinal));

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

    [Theory]
    [InlineData("Shared", false)]
    [InlineData("Backup", true)]
    public void A_port_is_needed_where_nodes_talk_to_each_other(string mode, bool isNeeded)
    {
        var options = new ReplicationOptions();
        new ReplicationOptionsBinder(new ConfigurationBuilder().AddInMemoryCollection(
            new Dictionary<string, string?>
            {
                ["Replication:Node"] = "node1",
                ["Replication:Secret"] = "sixteen letters!",
                ["Replication:Mode"] = mode,
                ["Replication:Peers:node2"] = "tcp://localhost:7102",
                ["ConnectionStrings:sessions"] = "localhost:6379",
            }).Build()).Configure(options);

        var validator = new ReplicationOptionsValidator(Options.Create(new SessionOptions()));
        IEnumerable<string>? errors = validator.Validate(null, options).Failures;

        Assert.Equal(isNeeded ? ["Replication:Port is '0': allowed is from 1 to 65535."] : null, errors);
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

    private const string AUrl = "not readable (a URL, and host:port,user=…,password=…,ssl=true is wanted): ";

    [Theory]
    [InlineData("localhost,pasword=hush", "not readable (a key that there is not, the nearest is password): ")]
    [InlineData("tcp://localhost,pasword=hush", "not readable (a key that there is not, the nearest is password): ")]
    [InlineData("localhost,password=hush,hush=1", "not readable (a key that there is not): ")]
    [InlineData("localhost,password=hush,CONNECTTIMEOUT=hush", "not readable (the value of connectTimeout): ")]
    [InlineData("password=hush", "not readable: ")]
    [InlineData("rediss://:hush@localhost:6380", AUrl)]
    [InlineData("redis://localhost:6379/0", AUrl)]
    [InlineData("tcp://me:hush@localhost:6379", AUrl)]
    [InlineData("localhost:6379,password=a,hush@b", AUrl)]
    public async Task A_store_that_cannot_be_read_is_said_to_be_so_where_and_nothing_of_it_is_shown(
        string store, string said)
    {
        Dictionary<string, string?> configuration = TestCluster.Configure(1, 1);
        configuration["Replication:Mode"] = "shared";
        configuration["ConnectionStrings:sessions"] = store;
        string error = Assert.Single(await ErrorsOfAsync(configuration));
        Assert.StartsWith($"ConnectionStrings:sessions is {said}", error, StringComparison.Ordinal);
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
