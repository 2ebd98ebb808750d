using System.Collections.ObjectModel;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A fact about a resource that the model carries.</summary>
public interface IResourceAnnotation;

/// <summary>The facts known about one resource.</summary>
public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>;

/// <summary>Something that the AppHost runs or knows.</summary>
public interface IResource
{
    /// <summary>The name, unique in the AppHost.</summary>
    string Name { get; }

    /// <summary>What is known about it.</summary>
    ResourceAnnotationCollection Annotations { get; }
}

/// <summary>A resource that takes environment variables.</summary>
public interface IResourceWithEnvironment : IResource;

/// <summary>A resource that listens.</summary>
public interface IResourceWithEndpoints : IResource;

/// <summary>A resource that can wait for others.</summary>
public interface IResourceWithWaitSupport : IResource;

/// <summary>What all resources share.</summary>
public abstract class Resource : IResource
{
    /// <summary>Names the resource.</summary>
    /// <param name="name">Unique in the AppHost.</param>
    protected Resource(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name;
    }

    /// <inheritdoc/>
    public virtual string Name { get; }

    /// <inheritdoc/>
    public virtual ResourceAnnotationCollection Annotations { get; } = [];
}

/// <summary>A .NET project that the AppHost runs.</summary>
public class ProjectResource
    : Resource, IResourceWithEnvironment, IResourceWithServiceDiscovery, IResourceWithWaitSupport
{
    /// <summary>Names the project resource.</summary>
    /// <param name="name">Unique in the AppHost.</param>
    public ProjectResource(string name)
        : base(name)
    {
    }
}

/// <summary>Shapes one resource of the AppHost.</summary>
/// <typeparam name="T">The resource's type.</typeparam>
public interface IResourceBuilder<out T>
    where T : IResource
{
    /// <summary>The AppHost's builder.</summary>
    IDistributedApplicationBuilder ApplicationBuilder { get; }

    /// <summary>The resource.</summary>
    T Resource { get; }
}

internal static class Annotations
{
    public static IEnumerable<T> All<T>(this IResource resource)
        where T : IResourceAnnotation => resource.Annotations.OfType<T>();

    public static IResourceBuilder<T> Add<T>(this IResourceBuilder<T> builder, IResourceAnnotation annotation)
        where T : IResource
    {
        builder.Resource.Annotations.Add(annotation);
        return builder;
    }
}

/// <summary>The values that a resource's process gets in its environment, computed at each start.</summary>
internal sealed record EnvironmentAnnotation(Action<IDictionary<string, string>> Fill) : IResourceAnnotation;

/// <summary>A resource that must be healthy before this one starts.</summary>
internal sealed record WaitAnnotation(IResource Dependency) : IResourceAnnotation;

/// <summary>A resource that this one speaks to; the dashboard draws it.</summary>
internal sealed record RelationAnnotation(string ResourceName, string Kind) : IResourceAnnotation;

/// <summary>An HTTP address that answers while the resource is well.</summary>
internal sealed record HealthCheckAnnotation(string Key, EndpointReference Endpoint, string Path, int StatusCode)
    : IResourceAnnotation;

/// <summary>What to do when the resource has become healthy, once a start.</summary>
internal sealed record ReadyAnnotation(Func<ResourceReadyEvent, CancellationToken, Task> Callback)
    : IResourceAnnotation;

/// <summary>Where the project of a project resource lies, and the program that it builds.</summary>
internal sealed record ProjectAnnotation(string Path, string? Program) : IResourceAnnotation;
