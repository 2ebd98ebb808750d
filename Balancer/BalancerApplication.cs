using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration.Memory;
using SessionCluster.Balancer.Configuration;
using SessionCluster.Balancer.Forwarding;
using SessionCluster.Balancer.Health;
using SessionCluster.Balancer.Pages;
using SessionCluster.Balancer.Routing;
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
    /// <summary>Two lines for each request would be all that one could see. Any other source of settings overrides it;
    /// a settings file of our own would be found only where the process happens to be started.</summary>
    private static readonly MemoryConfigurationSource QuietLogs = new()
    {
        InitialData = new Dictionary<string, string?>
        {
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
            ["Logging:LogLevel:Yarp"] = "Error",
        },
    };

    /// <summary>Builds it from the command line, the environment and the settings files.</summary>
    /// <exception cref="BalancerOptionsException">The settings are wrong.</exception>
    public static WebApplication Create(string[] arguments)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(arguments);
        builder.Configuration.Sources.Insert(0, QuietLogs);
        BalancerOptions options = BalancerOptions.Read(builder.Configuration);
        builder.AddServiceDefaults();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = options.MaximumConnections;
            kestrel.Limits.MaxConcurrentUpgradedConnections = options.MaximumConnections;
            kestrel.Limits.MaxRequestBodySize = options.MaximumRequestBodyBytes;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        });
        AddServices(builder.Services, options);

        WebApplication app = builder.Build();
        app.Use(InternalHeaders.RemoveFromRequest);
        app.MapDefaultEndpoints();
        app.MapClusterPages();
        app.MapReverseProxy(pipeline =>
        {
            pipeline.UseSessionAffinity();
            pipeline.UseLoadBalancing();
            pipeline.UsePassiveHealthChecks();
        });
        return app;
    }

    private static void AddServices(IServiceCollection services, BalancerOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<NodeNames>();
        services.AddSingleton<NodeHealth>();
        services.AddSingleton<NodeReports>();
        services.AddSingleton<ISessionAffinityPolicy, RouteCookiePolicy>();
        services.AddSingleton<ILoadBalancingPolicy, StrictRotation>();
        services.AddSingleton<IActiveHealthCheckPolicy, ProbePolicy>();
        services.AddSingleton<IPassiveHealthCheckPolicy, RefusedConnectionPolicy>();
        services.AddSingleton<IForwarderHttpClientFactory, NodeClientFactory>();
        services.AddSingleton<IProxyConfigProvider>(ProxyConfiguration.Create(options));
        services.AddReverseProxy().AddTransforms(transforms =>
        {
            transforms.AddOriginalHost();
            transforms.AddResponseTransform(InternalHeaders.RemoveFromResponse);
        });
    }
}
