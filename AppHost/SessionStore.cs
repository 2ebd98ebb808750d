using Microsoft.Extensions.Configuration;
using SessionCluster.Replication.AspNetCore;
using StackExchange.Redis;

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

    /// <summary>
    /// Looks for a mistake in the connection string, which the nodes would find as well, but where few look for it.
    /// </summary>
    /// <returns>What is wrong, without what may be a password; null where nothing is, or none is given.</returns>
    public static string? FindMistake(IConfiguration configuration) =>
        Given(configuration) is { } given && Mistake(given) is { } mistake
            ? $"{ConnectionString}: {mistake}; allowed: what StackExchange.Redis takes, "
                + "for example localhost:6379,ssl=true."
            : null;

    /// <summary>Chooses the store, says which, and adds it to the cluster where it is a part of it.</summary>
    public static SessionStore AddTo(IDistributedApplicationBuilder builder)
    {
        // May hold a password, so it is not said.
        if (Given(builder.Configuration) is { } given)
        {
            return new SessionStore(
                $"the connection string \"{Name}\"", node => node.WithEnvironment(ConnectionString, given));
        }

#if ASPIRE_REDIS
        if (ContainerRuntime.FindAnswering() is { } runtime)
        {
            var redis = builder.AddRedis(Name);
            return new SessionStore(
                $"Redis in a container ({runtime})", node => node.WithReference(redis).WaitFor(redis));
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

    private static string? Given(IConfiguration configuration) =>
        configuration[$"ConnectionStrings:{Name}"] is { Length: > 0 } given ? given : null;

    /// <summary>
    /// Reads as a node does, to which an Aspire endpoint, <c>tcp://host:port</c>, is a connection string too.
    /// </summary>
    private static string? Mistake(string given)
    {
        try
        {
            var read = ConfigurationOptions.Parse(StoreAddress.WithoutScheme(given));
            return read.EndPoints.Count == 0 ? "it names no server"
                : read.EndPoints.Any(StoreAddress.IsUrl)
                    ? "it is a URL, and host:port,user=…,password=…,ssl=true is wanted"
                : null;
        }
        catch (ArgumentOutOfRangeException error)
        {
            return $"\"{error.ParamName}\" cannot be what it says";
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            // A password that has a comma in it may be taken for a keyword, so none is said that is unknown.
            return "there is a keyword in it that is unknown";
        }
    }

    /// <summary>Tells a node where its sessions are.</summary>
    public void GiveTo(IResourceBuilder<ProjectResource> node) => _give(node);
}
