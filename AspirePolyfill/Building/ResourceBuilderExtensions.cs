using System.Globalization;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Shapes resources.</summary>
public static class ResourceBuilderExtensions
{
    /// <summary>Sets an environment variable.</summary>
    /// <typeparam name="T">The resource's type.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="name">The variable.</param>
    /// <param name="value">Its value.</param>
    /// <returns>The resource.</returns>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value)
        where T : IResourceWithEnvironment => builder.Add(new EnvironmentAnnotation(all => all[name] = value ?? ""));

    /// <summary>Sets an environment variable to an endpoint's address.</summary>
    /// <typeparam name="T">The resource's type.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="name">The variable.</param>
    /// <param name="endpointReference">The endpoint.</param>
    /// <returns>The resource.</returns>
    public static IResourceBuilder<T> WithEnvironment<T>(
        this IResourceBuilder<T> builder, string name, EndpointReference endpointReference)
        where T : IResourceWithEnvironment =>
        builder.Add(new EnvironmentAnnotation(all => all[name] = endpointReference.Url));

    /// <summary>Sets an environment variable to a parameter's value.</summary>
    /// <typeparam name="T">The resource's type.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="name">The variable.</param>
    /// <param name="parameter">The parameter.</param>
    /// <returns>The resource.</returns>
    public static IResourceBuilder<T> WithEnvironment<T>(
        this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> parameter)
        where T : IResourceWithEnvironment =>
        builder.Add(new EnvironmentAnnotation(all => all[name] = parameter.Resource.Current));

    /// <summary>Adds an HTTP endpoint.</summary>
    /// <typeparam name="T">The resource's type.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="port">The public port, or any.</param>
    /// <param name="targetPort">The port that the process listens on, or any.</param>
    /// <param name="name">The endpoint's name; `http` where none is given.</param>
    /// <param name="env">The variable that tells the process its port.</param>
    /// <param name="isProxied">False where the process itself holds the public port.</param>
    /// <returns>The resource.</returns>
    public static IResourceBuilder<T> WithHttpEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null,
        string? env = null, bool? isProxied = null)
        where T : IResourceWithEndpoints =>
            builder.WithEndpoint(port, targetPort, "http", name, env, isProxied, null, null);

    /// <summary>Adds an endpoint.</summary>
    /// <typeparam name="T">The resource's type.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="port">The public port, or any.</param>
    /// <param name="targetPort">The port that the process listens on, or any.</param>
    /// <param name="scheme">The address's scheme; `tcp` where none is given.</param>
    /// <param name="name">The endpoint's name; the scheme where none is given.</param>
    /// <param name="env">The variable that tells the process its port.</param>
    /// <param name="isProxied">False where the process itself holds the public port.</param>
    /// <param name="isExternal">Says something about publishing only.</param>
    /// <param name="protocol">TCP where none is given; nothing else is known here.</param>
    /// <returns>The resource.</returns>
    public static IResourceBuilder<T> WithEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? scheme = null,
        string? name = null, string? env = null, bool? isProxied = null, bool? isExternal = null,
        ProtocolType? protocol = null)
        where T : IResourceWithEndpoints
    {
        if (protocol is not (null or ProtocolType.Tcp))
        {
            throw new NotSupportedException("Endpoints other than TCP need Microsoft's Aspire packages.");
        }

        scheme ??= "tcp";
        name ??= scheme;
        if (builder.Resource.All<Endpoint>().Any(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new DistributedApplicationException($"`{builder.Resource.Name}` has an endpoint `{name}` already.");
        }

        return builder.Add(new Endpoint(name, scheme, port, targetPort, env, isProxied ?? true));
    }

    /// <summary>Refers to an endpoint of the resource.</summary>
    /// <typeparam name="T">The resource's type.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="name">The endpoint's name.</param>
    /// <returns>The reference.</returns>
    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name)
        where T : IResourceWithEndpoints => new(builder.Resource, name);

    /// <summary>Tells the resource where another one's endpoints are, as .NET's service discovery reads it.</summary>
    /// <typeparam name="TDestination">The resource's type.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="source">The other.</param>
    /// <returns>The resource.</returns>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment
    {
        var other = source.Resource;
        builder.Add(new RelationAnnotation(other.Name, "Reference"));
        return builder.Add(new EnvironmentAnnotation(all =>
        {
            foreach (var endpoint in other.All<Endpoint>())
            {
                all[$"services__{other.Name}__{endpoint.Name}__0"] = new EndpointReference(other, endpoint.Name).Url;
            }
        }));
    }

    /// <summary>Starts the resource only when another one is healthy.</summary>
    /// <typeparam name="T">The resource's type.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="dependency">The other.</param>
    /// <returns>The resource.</returns>
    public static IResourceBuilder<T> WaitFor<T>(
        this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport => builder
            .Add(new WaitAnnotation(dependency.Resource))
            .Add(new RelationAnnotation(dependency.Resource.Name, "WaitFor"));

    /// <summary>Calls the resource healthy while an HTTP address answers.</summary>
    /// <typeparam name="T">The resource's type.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="path">The path to ask for.</param>
    /// <param name="statusCode">The answer that means health; 200 where none is given.</param>
    /// <param name="endpointName">The endpoint to ask; `http` where none is given.</param>
    /// <returns>The resource.</returns>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null)
        where T : IResourceWithEndpoints
    {
        var endpoint = builder.GetEndpoint(endpointName ?? "http");
        var status = statusCode ?? 200;
        var key = string.Create(
            CultureInfo.InvariantCulture,
            $"{builder.Resource.Name}_{endpoint.EndpointName}_{path ?? "/"}_{status}_check");
        return builder.Add(new HealthCheckAnnotation(key, endpoint, path ?? "/", status));
    }

    /// <summary>Adds a command, in the dashboard and for tests.</summary>
    /// <typeparam name="T">The resource's type.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="name">The command's name.</param>
    /// <param name="displayName">What its button says.</param>
    /// <param name="executeCommand">Does it.</param>
    /// <param name="commandOptions">How it is shown, and when.</param>
    /// <returns>The resource.</returns>
    public static IResourceBuilder<T> WithCommand<T>(
        this IResourceBuilder<T> builder, string name, string displayName,
        Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand, CommandOptions? commandOptions = null)
        where T : IResource =>
            builder.Add(new CommandAnnotation(name, displayName, executeCommand, commandOptions ?? new()));
}

/// <summary>Calls back when something happens to a resource.</summary>
public static class DistributedApplicationEventingExtensions
{
    /// <summary>Calls back when the resource has become healthy, after each of its starts.</summary>
    /// <typeparam name="T">The resource's type.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="callback">What to do.</param>
    /// <returns>The resource.</returns>
    public static IResourceBuilder<T> OnResourceReady<T>(
        this IResourceBuilder<T> builder, Func<T, ResourceReadyEvent, CancellationToken, Task> callback)
        where T : IResource =>
        builder.Add(new ReadyAnnotation((ready, cancellation) => callback(builder.Resource, ready, cancellation)));
}
