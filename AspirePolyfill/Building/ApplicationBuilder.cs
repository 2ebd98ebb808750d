using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Running;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>The resources of the AppHost, in the order in which they were added.</summary>
internal sealed class ResourceModel : List<IResource>
{
    public IResource Find(string name) =>
        this.FirstOrDefault(r => r.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"There is no resource `{name}`.");
}

internal sealed class ApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder _host;
    private readonly ResourceModel _model = [];
    private readonly EntryPoint? _test;

    public ApplicationBuilder(string[] args, Assembly appHost, EntryPoint? test)
    {
        _test = test;
        AppHostDirectory = DirectoryOf(appHost) ?? Directory.GetCurrentDirectory();
        var defaults = new ConfigurationManager();
        if (test is not null)
        {
            defaults.AddInMemoryCollection(LaunchProfile.Read(AppHostDirectory));
        }

        _host = new HostApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = args,
            ApplicationName = appHost.GetName().Name,
            ContentRootPath = test is null ? null : AppHostDirectory,
            Configuration = defaults,
        });
        _host.Configuration["AppHost:BrowserToken"] ??= Token.New();
        _host.Configuration["AppHost:OtlpApiKey"] ??= Token.New();
        _host.Logging.AddFilter("Microsoft", LogLevel.Warning);
        _host.Logging.AddFilter("System.Net.Http", LogLevel.Warning);
        // What fails at the start is said in one line instead.
        _host.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        _host.Logging.AddFilter("Grpc", LogLevel.Error);
        _host.Logging.AddConfiguration(_host.Configuration.GetSection("Logging"));
        AddServices(appHost);
    }

    public ConfigurationManager Configuration => _host.Configuration;

    public string AppHostDirectory { get; }

    public IHostEnvironment Environment => _host.Environment;

    public IServiceCollection Services => _host.Services;

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        if (_model.Any(known => known.Name.Equals(resource.Name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new DistributedApplicationException($"There is a resource `{resource.Name}` already.");
        }

        _model.Add(resource);
        return new ResourceBuilder<T>(this, resource);
    }

    public DistributedApplication Build()
    {
        _test?.HoldBeforeBuild(this);
        var application = new DistributedApplication(_host.Build(), _test);
        _test?.Built(application);
        return application;
    }

    private static string? DirectoryOf(Assembly appHost) => appHost.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(fact => fact.Key == "AppHostProjectPath")?.Value;

    private void AddServices(Assembly appHost)
    {
        var services = _host.Services;
        services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(20));
        services.AddHttpClient();
        services.AddSingleton(_model);
        services.AddSingleton(new RunSettings(_host.Configuration, appHost, WithDashboard: _test is null));
        services.AddSingleton(_ => new ResourceNotificationService
        {
            DefaultWaitBehavior = _test is null
                ? WaitBehavior.WaitOnResourceUnavailable
                : WaitBehavior.StopOnResourceUnavailable,
        });
        services.AddSingleton(provider => new ResourceCommandService(
            provider.GetRequiredService<ResourceNotificationService>(), provider.GetRequiredService<ConsoleLogs>(),
            provider));
        services.AddSingleton<ConsoleLogs>();
        services.AddSingleton(provider => new ResourceLoggerService(provider.GetRequiredService<ConsoleLogs>()));
        services.AddSingleton<DcpBinaries>();
        services.AddSingleton<DcpServer>();
        services.AddSingleton<DcpClient>();
        services.AddSingleton<Executables>();
        services.AddSingleton<HealthMonitor>();
        services.AddSingleton<ProjectLaunch>();
        services.AddSingleton<Lifecycle>();
        services.AddSingleton<DashboardProcess>();
        services.AddSingleton<DashboardEndpoint>();
        services.AddHostedService<Orchestrator>();
    }

    private sealed record ResourceBuilder<T>(IDistributedApplicationBuilder ApplicationBuilder, T Resource)
        : IResourceBuilder<T>
        where T : IResource;
}
