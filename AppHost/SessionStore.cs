namespace SessionCluster.AppHost;

/// <summary>
/// Where shared sessions are: in the store of the connection string "sessions" where there is one; else in Redis in a
/// container, where Aspire's packages are used and a container runtime answers; else in Garnet, a project of this
/// repository.
/// </summary>
internal sealed class SessionStore
{
    private const string Name = "sessions";
    private const string ConnectionString = $"ConnectionStrings__{Name}";

    private readonly Action<IResourceBuilder<ProjectResource>> _give;

    private SessionStore(string what, Action<IResourceBuilder<ProjectResource>> give)
    {
        _give = give;
        Console.WriteLine($"Shared sessions: {what}");
    }

    /// <summary>Chooses the store, says which, and adds it to the cluster where it is a part of it.</summary>
    public static SessionStore AddTo(IDistributedApplicationBuilder builder)
    {
        // May hold a password, so it is not said.
        if (builder.Configuration[$"ConnectionStrings:{Name}"] is { Length: > 0 } given)
        {
            return new SessionStore($"the connection string \"{Name}\"", node => node.WithEnvironment(ConnectionString, given));
        }

#if ASPIRE_REDIS
        if (ContainerRuntime.FindAnswering() is { } runtime)
        {
            var redis = builder.AddRedis(Name);
            return new SessionStore($"Redis in a container ({runtime})", node => node.WithReference(redis).WaitFor(redis));
        }

        const string why = "no connection string, no container runtime";
#else
        const string why = "no connection string, and containers need Aspire's packages";
#endif
        var garnet = builder.AddProject<Projects.SessionStore>(Name, launchProfileName: null)
            .WithHttpEndpoint(isProxied: false)
            .WithHttpHealthCheck("/health", endpointName: "http")
            .WithEndpoint(name: "store", scheme: "tcp", env: "Store__Port", isProxied: false)
            .WithCrashCommand();
        return new SessionStore(
            $"Garnet, hosted by this repository ({why})",
            node => node.WithEnvironment(ConnectionString, garnet.GetEndpoint("store")).WaitFor(garnet));
    }

    /// <summary>Tells a node where its sessions are.</summary>
    public void GiveTo(IResourceBuilder<ProjectResource> node) => _give(node);
}
