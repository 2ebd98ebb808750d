using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace SessionCluster.ServiceDefaults;

/// <summary>
/// A further port on which a node speaks HTTP/2 without TLS, for a balancer that knows so: without TLS the two versions
/// cannot share a port, as nothing is agreed before the first byte.
/// </summary>
public static class Http2Endpoint
{
    /// <summary>The setting that says which port; there is no such endpoint where it says nothing.</summary>
    public const string PortKey = "Http2:Port";

    private const string DefaultAddress = "http://localhost:5000";

    /// <summary>
    /// Lets the application listen at <see cref="PortKey"/>, too, at the host of its first address. Call it once,
    /// before anything else sets defaults for endpoints.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <returns>The same.</returns>
    /// <exception cref="FormatException">The setting is no port from 1 to 65535.</exception>
    public static WebApplicationBuilder AddHttp2Endpoint(this WebApplicationBuilder builder)
    {
        string? text = builder.Configuration[PortKey];
        if (string.IsNullOrWhiteSpace(text))
        {
            return builder;
        }

        if (!ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0)
        {
            throw new FormatException($"{PortKey} is '{text}': allowed is a port from 1 to 65535.");
        }

        string[] addresses = AddressesOf(builder);
        if (!addresses.Any(address => BindingAddress.Parse(address).Port == port))
        {
            string host = BindingAddress.Parse(addresses[0]).Host;
            builder.WebHost.UseUrls(
                [.. addresses, string.Create(CultureInfo.InvariantCulture, $"http://{host}:{port}")]);
        }

        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint =>
        {
            if (endpoint.IPEndPoint?.Port == port)
            {
                endpoint.Protocols = HttpProtocols.Http2;
            }
        }));
        return builder;
    }

    /// <summary>Where it would listen without, as the host reads it.</summary>
    private static string[] AddressesOf(WebApplicationBuilder builder)
    {
        string[] addresses = ListOf(builder, WebHostDefaults.ServerUrlsKey);
        if (addresses.Length > 0)
        {
            return addresses;
        }

        string[] ports = ListOf(builder, WebHostDefaults.HttpPortsKey);
        return ports.Length == 0 ? [DefaultAddress] : [.. ports.Select(static port => "http://*:" + port)];
    }

    private static string[] ListOf(WebApplicationBuilder builder, string key) => (builder.Configuration[key] ?? "")
        .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
