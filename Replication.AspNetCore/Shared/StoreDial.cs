using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using StackExchange.Redis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Connects to the store without the client, for once, to learn why that one cannot. To it an unknown name, a refusal
/// and no answer are one, and of a certificate that it does not trust it may keep only how it closed the connection.
/// </summary>
internal static class StoreDial
{
    /// <summary>
    /// Where an authority or a certificate of one's own is named to the client. With these it trusts, and is trusted,
    /// otherwise than here.
    /// </summary>
    private static readonly string[] OwnTrust =
        ["SERedis_IssuerCertPath", "SERedis_ClientCertPfxPath", "SERedis_ClientCertPemPath"];

    /// <summary>Dials each server in turn.</summary>
    /// <returns>
    /// What is wrong with the first one that cannot be reached; null where all can, as far as is seen here.
    /// </returns>
    public static async Task<string?> FindCauseAsync(ConfigurationOptions configuration)
    {
        if (configuration.Tunnel is not null)
        {
            return null;
        }

        using var patience = new CancellationTokenSource(configuration.ConnectTimeout);
        foreach (EndPoint server in configuration.EndPoints)
        {
            if (await FindCauseAsync(server, configuration, patience.Token) is { } cause)
            {
                string name = EndPointCollection.ToString(server);
                return $"{nameof(ConnectionFailureType.UnableToConnect)}: {name}, {cause}";
            }
        }

        return null;
    }

    private static async Task<string?> FindCauseAsync(
        EndPoint server, ConfigurationOptions configuration, CancellationToken cancellationToken)
    {
        using Socket socket = server is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(server, cancellationToken);
            return configuration.Ssl && Array.TrueForAll(OwnTrust, IsUnset)
                ? await FindDistrustAsync(socket, HostOf(server, configuration), cancellationToken)
                : null;
        }
        catch (SocketException exception)
        {
            return exception.Message;
        }
        catch (OperationCanceledException)
        {
            return "no answer";
        }
    }

    /// <summary>What is wrong with the server's certificate; null where it is trusted, or none was seen.</summary>
    private static async Task<string?> FindDistrustAsync(
        Socket socket, string host, CancellationToken cancellationToken)
    {
        SslPolicyErrors errors = SslPolicyErrors.None;
        bool Trusts(SslPolicyErrors found)
        {
            errors = found;
            return found == SslPolicyErrors.None;
        }

        await using var stream = new SslStream(
            new NetworkStream(socket), leaveInnerStreamOpen: false, (_, _, _, found) => Trusts(found));
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = host }, cancellationToken);
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            // A server that ends the greeting is the client's to speak of.
        }

        return errors == SslPolicyErrors.None ? null : $"its certificate is not trusted here ({errors})";
    }

    private static bool IsUnset(string variable) => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));

    private static string HostOf(EndPoint server, ConfigurationOptions configuration) => configuration.SslHost
        ?? (server as DnsEndPoint)?.Host ?? (server as IPEndPoint)?.Address.ToString() ?? "";
}
