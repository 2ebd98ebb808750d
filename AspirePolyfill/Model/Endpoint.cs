using System.Globalization;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// A port that a resource listens on. Proxied, DCP holds the public port and forwards; proxyless, the process itself
/// listens on it, and its death is seen as a refused connection.
/// </summary>
internal sealed class Endpoint(string name, string scheme, int? port, int? targetPort, string? variable, bool proxied)
    : IResourceAnnotation
{
    public string Name { get; } = name;

    public string Scheme { get; } = scheme;

    public string Host { get; } = "localhost";

    public bool Proxied { get; } = proxied;

    /// <summary>The environment variable that tells the process its port, where one is asked for.</summary>
    public string? Variable { get; } = variable;

    /// <summary>The public port that was asked for; null where any will do.</summary>
    public int? FixedPort { get; } = (port ?? (proxied ? null : targetPort)) is { } asked and not 0 ? asked : null;

    public int? FixedTargetPort { get; } = targetPort;

    /// <summary>The public port, once known. It stays when the process restarts.</summary>
    public int? AllocatedPort { get; set; }

    /// <summary>What the process listens on: a number, or DCP's template where DCP chooses at each start.</summary>
    public string TargetPort(string serviceName) => this switch
    {
        { Proxied: false } => RequirePort().ToString(CultureInfo.InvariantCulture),
        { FixedTargetPort: { } target } => target.ToString(CultureInfo.InvariantCulture),
        _ => $$$"""{{- portForServing "{{{serviceName}}}" -}}""",
    };

    public int RequirePort() => AllocatedPort
        ?? throw new InvalidOperationException($"The endpoint `{Name}` is not allocated yet.");
}

/// <summary>An endpoint of a resource, to be handed to others before its port is known.</summary>
public sealed class EndpointReference
{
    /// <summary>Refers to an endpoint by name; it need not exist yet.</summary>
    /// <param name="owner">The resource that listens.</param>
    /// <param name="endpointName">The endpoint's name.</param>
    public EndpointReference(IResourceWithEndpoints owner, string endpointName)
    {
        Resource = owner;
        EndpointName = endpointName;
    }

    /// <summary>The resource that listens.</summary>
    public IResourceWithEndpoints Resource { get; }

    /// <summary>The endpoint's name.</summary>
    public string EndpointName { get; }

    /// <summary>Whether the resource has such an endpoint.</summary>
    public bool Exists => Find() is not null;

    /// <summary>Whether its port is known.</summary>
    public bool IsAllocated => Find()?.AllocatedPort is not null;

    /// <summary>The host to reach it at.</summary>
    public string Host => Require().Host;

    /// <summary>The port to reach it at.</summary>
    public int Port => Require().RequirePort();

    /// <summary>The address's scheme, such as http or tcp.</summary>
    public string Scheme => Require().Scheme;

    /// <summary>The address to reach it at.</summary>
    public string Url => $"{Scheme}://{Host}:{Port.ToString(CultureInfo.InvariantCulture)}";

    private Endpoint Require() => Find()
        ?? throw new InvalidOperationException($"`{Resource.Name}` has no endpoint `{EndpointName}`.");

    private Endpoint? Find() => Resource.All<Endpoint>()
        .FirstOrDefault(endpoint => endpoint.Name.Equals(EndpointName, StringComparison.OrdinalIgnoreCase));
}
