using SessionCluster.AppHost;

if (ClusterSwitches.AsksForHelp(args))
{
    Console.WriteLine(ClusterSwitches.Help);
    return 0;
}

if (ClusterSwitches.FindUnknown(args) is { } unknown)
{
    return Refusal.Say(unknown);
}

DistributedApplication? application = null;
var builder = DistributedApplication.CreateBuilder(args);
if (!ClusterSwitches.TryRead(builder.Configuration, out var switches, out var reason))
{
    return Refusal.Say(reason);
}

if (switches.IsShared && SessionStore.FindMistake(builder.Configuration) is { } mistake)
{
    return Refusal.Say(mistake);
}

var clusterSecret = builder.AddParameter(
    "cluster-secret", new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true);
var operatorKey = builder.AddParameter(
    "operator-key", new GenerateParameterDefault { MinLength = 24, Special = false }, secret: true);

var nodes = Enumerable.Range(1, switches.Nodes)
    .Select(number => builder.AddProject<Projects.WebNode>($"node{number}", launchProfileName: null)
        .WithHttpEndpoint(isProxied: false)
        .WithHttpEndpoint(name: "http2", env: "Http2__Port", isProxied: false)
        .WithHttpHealthCheck("/health", endpointName: "http")
        .WithEnvironment("Probe__Enabled", "true")
        .WithEnvironment("Operator__Key", operatorKey)
        .WithEnvironment("Replication__DrainTimeout", "00:00:06")    // Ctrl+C is to end everything within 10 s
        .WithEnvironment("Replication__DrainNotice", "00:00:00.5")   // the balancer is a member and is told at once
        .WithCrashCommand())
    .ToList();

var balancer = builder.AddProject<Projects.Balancer>("balancer", launchProfileName: null)
    .WithHttpEndpoint(port: switches.FixedBalancerPort, isProxied: false)
    .WithHttpHealthCheck("/health", endpointName: "http")
    .WithEnvironment("Replication__Role", "Voter")
    .WithEnvironment("Operator__Key", operatorKey)
    .OnResourceReady(async (resource, _, cancellationToken) =>
    {
        var address = new EndpointReference(resource, "http").Url;
        Console.WriteLine(
            $"SessionCluster: {await ClusterHeadline.ReadAsync(address, cancellationToken)}. {address} "
            + $"(the cluster: {address}/_cluster)");
    });

if (builder.Configuration["Balancer:Failover"] is { } failover)
{
    balancer.WithEnvironment("Balancer__Failover", failover);
}

var store = switches.IsShared ? SessionStore.AddTo(builder) : null;
if (!switches.RecordsOutcomes)
{
    // No other node could know what was answered, so whoever sent a request has to say whether to send it again.
    balancer.WithEnvironment("Balancer__Retry__UnknownOutcome", "false");
}

if (switches.HandsOver)
{
    balancer.WithRollingRestartCommand(nodes, operatorKey.Resource, () => application!);
}

foreach (var node in nodes)
{
    store?.GiveTo(node);
    if (switches.HandsOver)
    {
        node.WithDrainCommand(balancer.GetEndpoint("http"), operatorKey.Resource);
    }

    balancer.WithReference(node)
        .WithEnvironment($"Balancer__Nodes__{node.Resource.Name}", node.GetEndpoint("http"))
        .WithEnvironment($"Balancer__Http2__{node.Resource.Name}", node.GetEndpoint("http2"))
        .WaitFor(node);
}

// The balancer is a member too: it votes, and stores nothing. The nodes do not wait for one another; they find each
// other.
List<IResourceBuilder<ProjectResource>> members = [.. nodes, balancer];
foreach (var member in members)
{
    // In ms: who stops does not wait long for a dashboard that is gone.
    member.WithEnvironment("OTEL_EXPORTER_OTLP_TIMEOUT", "1000")
        .WithEnvironment("DOTNET_ENVIRONMENT", builder.Environment.EnvironmentName)
        .WithEnvironment("Replication__Node", member.Resource.Name)
        .WithEnvironment("Replication__ClusterName", "session-cluster")
        .WithEnvironment("Replication__Mode", switches.Mode)
        .WithEnvironment("Replication__PartitionPolicy", switches.PartitionPolicy)
        .WithEnvironment("Replication__Secret", clusterSecret);
}

// Who shares a store says nothing to the others.
List<IResourceBuilder<ProjectResource>> replicating = switches.IsShared ? [] : members;
foreach (var member in replicating)
{
    // Without a proxy in between, a dead member's port refuses connections, and that proves its death.
    member.WithEndpoint(name: "replication", scheme: "tcp", env: "Replication__Port", isProxied: false)
        .WithEnvironment("Replication__Voters__0", balancer.Resource.Name);
}

foreach (var member in replicating)
{
    foreach (var peer in members.Where(peer => peer != member))
    {
        member.WithEnvironment($"Replication__Peers__{peer.Resource.Name}", peer.GetEndpoint("replication"));
    }
}

application = builder.Build();
application.Run();
return 0;
