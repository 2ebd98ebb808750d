using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Testing;

/// <summary>Finds the way to a started AppHost's resources.</summary>
public static class DistributedApplicationHostingTestingExtensions
{
    /// <summary>Makes a client for a resource.</summary>
    /// <param name="app">The AppHost.</param>
    /// <param name="resourceName">The resource.</param>
    /// <param name="endpointName">The endpoint; https, else http, where none is given.</param>
    /// <returns>The client.</returns>
    public static HttpClient CreateHttpClient(
        this DistributedApplication app, string resourceName, string? endpointName = null)
    {
        var client = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
        client.BaseAddress = app.GetEndpoint(resourceName, endpointName);
        return client;
    }

    /// <summary>Looks up a resource's address.</summary>
    /// <param name="app">The AppHost.</param>
    /// <param name="resourceName">The resource.</param>
    /// <param name="endpointName">The endpoint; https, else http, where none is given.</param>
    /// <returns>The address.</returns>
    public static Uri GetEndpoint(this DistributedApplication app, string resourceName, string? endpointName = null)
    {
        if (app.Services.GetRequiredService<ResourceModel>().Find(resourceName) is not IResourceWithEndpoints resource)
        {
            throw new ArgumentException($"`{resourceName}` has no endpoints.", nameof(resourceName));
        }

        string[] names = endpointName is null ? ["https", "http"] : [endpointName];
        var endpoint = names.Select(name => new EndpointReference(resource, name))
            .FirstOrDefault(reference => reference.Exists && reference.IsAllocated);
        return endpoint is not null
            ? new Uri(endpoint.Url)
            : throw new ArgumentException(
                $"`{resourceName}` has no such endpoint, or it is not started.", nameof(endpointName));
    }
}
