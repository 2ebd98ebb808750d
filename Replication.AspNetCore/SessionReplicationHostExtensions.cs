using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Session;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;
using SessionCluster.Replication.AspNetCore.Diagnostics;
using SessionCluster.Replication.AspNetCore.Hosting;
using SessionCluster.Replication.AspNetCore.Security;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds the replication of sessions to an application.</summary>
public static class SessionReplicationHostExtensions
{
    /// <summary>
    /// Makes the sessions of <c>AddSession()</c> and <c>UseSession()</c> survive the death of a node. Configured by the
    /// section <c>Replication</c>. Place <c>UseSessionReplication()</c> right after <c>UseSession()</c>.
    /// </summary>
    /// <param name="builder">The application's builder.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="OptionsValidationException">At start: the options are not possible.</exception>
    public static IHostApplicationBuilder AddSessionReplication(this IHostApplicationBuilder builder) =>
        AddSessionReplication(builder, static _ => { });

    /// <inheritdoc cref="AddSessionReplication(IHostApplicationBuilder)"/>
    /// <param name="builder">The application's builder.</param>
    /// <param name="configure">Changes the options after the configuration was read.</param>
    public static IHostApplicationBuilder AddSessionReplication(
        this IHostApplicationBuilder builder, Action<ReplicationOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        AddCommon(builder, configure);
        IServiceCollection services = builder.Services;
        services.RemoveAll<ISessionStore>();
        if (ModeOf(builder, configure) == ReplicationMode.Shared)
        {
            AddShared(builder);
        }
        else
        {
            AddMember(services);
            services.AddSingleton<ISessionStore, ReplicatedSessionStore>();
            services.TryAddSingleton<SessionServices>();
            services.TryAddSingleton<SessionClient>();
        }

        services.AddSession();
        RememberCookies(services);
        services.TryAddSingleton<SessionCookie>();
        services.TryAddSingleton<SessionMiddlewareSettings>();
        services.TryAddSingleton<RunningRequests>();
        services.TryAddSingleton<RequestRefusals>();
        services.TryAddSingleton<DataProtectionSetup>();
        services.AddSingleton<IPostConfigureOptions<KeyManagementOptions>>(
            static provider => provider.GetRequiredService<DataProtectionSetup>());
        services.AddSingleton<IPostConfigureOptions<DataProtectionOptions>>(
            static provider => provider.GetRequiredService<DataProtectionSetup>());
        return builder;
    }

    /// <summary>
    /// Lets this process vote in the cluster without holding sessions, for example in a balancer. Configured by the
    /// section <c>Replication</c>; the role is <see cref="MemberRole.Voter"/> whatever it says.
    /// </summary>
    /// <param name="builder">The application's builder.</param>
    /// <param name="configure">Changes the options after the configuration was read; nothing by default.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="OptionsValidationException">At start: the options are not possible.</exception>
    public static IHostApplicationBuilder AddSessionReplicationVoter(
        this IHostApplicationBuilder builder, Action<ReplicationOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Action<ReplicationOptions> asVoter = options =>
        {
            configure?.Invoke(options);
            options.Role = MemberRole.Voter;
        };
        AddCommon(builder, asVoter);
        if (ModeOf(builder, asVoter) != ReplicationMode.Shared)
        {
            // Who shares a store has no views to vote on.
            AddMember(builder.Services);
        }

        return builder;
    }

    /// <summary>
    /// What is to be registered depends on the mode, so it is read once ahead of the options themselves.
    /// </summary>
    private static ReplicationMode ModeOf(IHostApplicationBuilder builder, Action<ReplicationOptions> configure)
    {
        var options = new ReplicationOptions();
        new ReplicationOptionsBinder(builder.Configuration).Configure(options);
        configure(options);
        return options.Mode;
    }

    private static void AddCommon(IHostApplicationBuilder builder, Action<ReplicationOptions> configure)
    {
        IServiceCollection services = builder.Services;
        services.AddSingleton<IConfigureOptions<ReplicationOptions>>(
            new ReplicationOptionsBinder(builder.Configuration));
        services.AddOptions<ReplicationOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<ReplicationOptions>, ReplicationOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.TryAddSingleton<ClusterSecret>(static provider =>
            new ClusterSecret(provider.GetRequiredService<IOptions<ReplicationOptions>>().Value));
        services.TryAddSingleton(static provider => new RequestKeySeal(provider.GetRequiredService<ClusterSecret>()));
        services.TryAddSingleton<ReplicationMetrics>();

        // Also where a store is shared and nobody ever is a member: who listens need not know the mode.
        services.TryAddSingleton<ClusterMembership>();
    }

    /// <summary>Stands before whatever opens the cookies of the stock middleware.</summary>
    private static void RememberCookies(IServiceCollection services)
    {
        ServiceDescriptor present = services.Last(
            static service => service.ServiceType == typeof(IDataProtectionProvider));
        services.Replace(ServiceDescriptor.Singleton<IDataProtectionProvider>(provider => new RememberedCookies(
            (IDataProtectionProvider)(present.ImplementationInstance
                ?? present.ImplementationFactory?.Invoke(provider)
                ?? ActivatorUtilities.CreateInstance(provider, present.ImplementationType!)),
            provider.GetRequiredService<TimeProvider>())));
    }

    private static void AddShared(IHostApplicationBuilder builder)
    {
        // The stock session writes what the cookie holds into the log, at Information.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Session", LogLevel.Warning);
        IServiceCollection services = builder.Services;
        services.TryAddSingleton<SharedStore>();
        services.AddHostedService(static provider => provider.GetRequiredService<SharedStore>());
        services.AddSingleton<ISessionStore, SharedSessionStore>();
        services.AddHealthChecks().AddCheck<SharedStoreHealthCheck>("session store", tags: ["ready"]);
    }

    private static void AddMember(IServiceCollection services)
    {
        services.TryAddSingleton<EventSink>();
        services.TryAddSingleton<RequestGate>();
        services.TryAddSingleton<NodeDrain>();
        services.TryAddSingleton<OperatorKey>();
        services.TryAddSingleton(static provider => SettingsFactory.Create(
            provider.GetRequiredService<IOptions<ReplicationOptions>>().Value,
            provider.GetRequiredService<IOptions<SessionOptions>>().Value,
            provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(TransportFactory.Create);
        services.TryAddSingleton<NodeLoop>();
        services.AddHostedService<NodeService>();
        services.AddHealthChecks().AddCheck<SessionReplicationHealthCheck>("session replication", tags: ["ready"]);
    }
}
