using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Collects the resources that an AppHost runs.</summary>
public interface IDistributedApplicationBuilder
{
    /// <summary>Settings file, environment, command line: the later wins.</summary>
    ConfigurationManager Configuration { get; }

    /// <summary>Where the AppHost's project lies.</summary>
    string AppHostDirectory { get; }

    /// <summary>Development, or another environment.</summary>
    IHostEnvironment Environment { get; }

    /// <summary>The AppHost's own services.</summary>
    IServiceCollection Services { get; }

    /// <summary>Adds a resource.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="resource">The resource.</param>
    /// <returns>What shapes it.</returns>
    IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource;

    /// <summary>Ends the collecting.</summary>
    /// <returns>What can be run.</returns>
    DistributedApplication Build();
}

/// <summary>A resource whose endpoints others find by its name.</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

/// <summary>Where a project lies that the AppHost runs; the build writes one class a project.</summary>
public interface IProjectMetadata : IResourceAnnotation
{
    /// <summary>The project file.</summary>
    string ProjectPath { get; }

    /// <summary>Whether the AppHost's own build has built it already.</summary>
    bool SuppressBuild => false;
}

/// <summary>What went wrong in an AppHost, told to a person.</summary>
public class DistributedApplicationException : Exception
{
    /// <summary>Something went wrong.</summary>
    public DistributedApplicationException()
    {
    }

    /// <summary>Something went wrong.</summary>
    /// <param name="message">What.</param>
    public DistributedApplicationException(string message)
        : base(message)
    {
    }

    /// <summary>Something went wrong because of something else.</summary>
    /// <param name="message">What.</param>
    /// <param name="inner">Because of what.</param>
    public DistributedApplicationException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
