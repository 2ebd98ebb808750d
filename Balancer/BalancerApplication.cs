using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.ObjectPool;
using Microsoft.Extensions.Options;
using SessionCluster.Balancer.Configuration;
using SessionCluster.Balancer.Failover;
using SessionCluster.Balancer.Forwarding;
using SessionCluster.Balancer.Health;
using SessionCluster.Balancer.Operator;
using SessionCluster.Balancer.Pages;
using SessionCluster.Balancer.Routing;
using SessionCluster.Balancer.Stopping;
using SessionCluster.Balancer.Telemetry;
using SessionCluster.Replication.AspNetCore;
using SessionCluster.ServiceDefaults;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.SessionAffinity;
using Yarp.ReverseProxy.Transforms;

namespace SessionCluster.Balancer;

/// <summary>The balancer, put together.</summary>
internal static class BalancerApplication
{
    /// <summary>
    /// Two lines for each request would be all that one could see. Any other source of settings overrides it; a
    /// settings file of our own would be found only where the process happens to be started.
    /// </summary>
    private static readonly MemoryConfigurationSource QuietLogs = new()
    {
        InitialData = new Dictionary<string, string?>
        {
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",

            // It would begin a span for each request, for logs that are not written.
            ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "None",
            ["Logging:LogLevel:Yarp"] = "Error",
        },
    };

    /// <summary>Builds it from the command line, the environment and the settings files.</summary>
    /// <exception cref="BalancerOptionsException">The settings are wrong.</exception>
    public static WebApplication Create(string[] arguments)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(arguments);
        builder.Configuration.Sources.Insert(0, QuietLogs);
        bool isMember = !string.IsNullOrEmpty(builder.Configuration["Replication:Node"]);
        if (isMember)
        {
            // A member that votes and stores nothing; one that has no name in the cluster balances all the same. The
            // list of voters is the same for all members, and so names this one, too.
            builder.AddSessionReplicationVoter(member => member.Voters.Remove(member.Node));
            builder.Services.AddSingleton<IClusterView, MembershipView>();
        }

        BalancerOptions options = Read(builder, isMember);
        builder.AddServiceDefaults();
        if (!isMember && options.ClusterSecret is { } secret)
        {
            builder.Services.AddSingleton(new RequestKeySeal(secret, options.ClusterName));
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = options.MaximumConnections;
            kestrel.Limits.MaxConcurrentUpgradedConnections = options.MaximumConnections;
            kestrel.Limits.MaxRequestBodySize = options.MaximumRequestBodyBytes;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            TimeProvider time = kestrel.ApplicationServices.GetRequiredService<TimeProvider>();
            kestrel.ConfigureEndpointDefaults(endpoint =>
                endpoint.Use(next => NewConnection.Serve(next, options.FirstRequestTimeout, time)));
        });
        AddServices(builder.Services, options);

        WebApplication app = builder.Build();
        app.Use(NewConnection.NoteRequest);
        app.Use(InternalHeaders.RemoveFromRequest);
        app.MapDefaultEndpoints();
        app.MapMemoryProbe();
        app.MapClusterPages();
        app.MapOperatorEndpoints();
        app.MapReverseProxy(pipeline =>
        {
            if (options.Failover.IsEnabled)
            {
                pipeline.UseMiddleware<FailoverMiddleware>();
            }

            pipeline.UseSessionAffinity();
            pipeline.UseLoadBalancing();
            pipeline.UsePassiveHealthChecks();
        });
        return app;
    }

    /// <summary>What is wrong with the member's settings is said together with what is wrong with its own.</summary>
    private static BalancerOptions Read(WebApplicationBuilder builder, bool isMember)
    {
        try
        {
            return BalancerOptions.Read(builder.Configuration);
        }
        catch (BalancerOptionsException wrong) when (isMember)
        {
            throw new BalancerOptionsException([.. wrong.Errors, .. FindMemberErrors(builder.Services)]);
        }
    }

    private static IEnumerable<string> FindMemberErrors(IServiceCollection services)
    {
        using ServiceProvider provider = services.BuildServiceProvider();
        try
        {
            _ = provider.GetRequiredService<IOptions<ReplicationOptions>>().Value;
            return [];
        }
        catch (OptionsValidationException wrong)
        {
            return wrong.Failures;
        }
    }

    private static void AddServices(IServiceCollection services, BalancerOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<NodeNames>();
        services.AddSingleton(options.Failover);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IConnectionListenerFactory, DrainingListenerFactory>();
        services.AddSingleton<BalancerTelemetry>();
        services.AddSingleton<RetryBudget>();
        services.AddSingleton<NodeAliveness>();
        services.AddSingleton<ObjectPool<NodeWatch>>(provider => new DefaultObjectPool<NodeWatch>(
            ActivatorUtilities.CreateInstance<NodeWatchPolicy>(provider), NodeWatchPolicy.Retained));
        services.AddSingleton<NodeHealth>();
        services.AddSingleton<NodeReports>();
        services.AddSingleton<OperatorKey>();
        services.AddSingleton<NodeOperations>();
        services.AddSingleton<ISessionAffinityPolicy, RouteCookiePolicy>();
        services.AddSingleton<ILoadBalancingPolicy, StrictRotation>();
        services.AddSingleton<IActiveHealthCheckPolicy, ProbePolicy>();
        services.AddSingleton<IPassiveHealthCheckPolicy, FailedTryPolicy>();
        services.AddSingleton<IForwarderHttpClientFactory, NodeClientFactory>();
        services.AddSingleton<IProxyConfigProvider>(ProxyConfiguration.Create(options));
        if (options.Failover.IsEnabled)
        {
            services.AddHostedService<FailureRehearsal>();
            services.AddHostedService<ClusterViewWatcher>();
        }

        services.AddReverseProxy().AddTransforms(transforms =>
        {
            transforms.AddOriginalHost();
            transforms.AddRequestTransform(InternalHeaders.MarkMessage);
            transforms.AddRequestTransform(RawPath.Keep);
            transforms.AddResponseTransform(InternalHeaders.RemoveFromResponse);
        });
    }
}
