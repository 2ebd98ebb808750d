using System.Net;
using Microsoft.Extensions.Logging;
using SessionCluster.Replication.AspNetCore.Telemetry;
using StackExchange.Redis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Says when the store is away, with the cause, and when it is back. The client has two connections to each server, and
/// there may be several servers: what one of them does is not yet the store's.
/// </summary>
/// <param name="pulse">Whether the store answers where it has a connection, and whether anybody wants to know.</param>
/// <param name="logger">Where it is said.</param>
internal sealed class StoreWatch(Func<StorePulse> pulse, ILogger logger)
{
    private const string LostAtOnce = "it was lost at once";

    private const string AnsweredLate = "it answered late";

    /// <summary>
    /// How many connections are made to learn why there is none, while the servers can be dialed and those before knew
    /// only how they ended.
    /// </summary>
    private const int MostOthers = 3;

    private readonly Lock _turning = new();
    private readonly HashSet<EndPoint> _lostServers = [];

    /// <summary>Whether it was said last that the store is away.</summary>
    private bool _isAway;

    /// <summary>
    /// Says from now on how it is with a connection. Where it is not there yet, what happens to it counts only when the
    /// cause is known: who listened before would be told how the first tries ended, and say that instead.
    /// </summary>
    /// <param name="connection">The connection, whose first attempt is over.</param>
    /// <param name="configuration">How it was made; its password is never shown.</param>
    public async Task FollowAsync(ConnectionMultiplexer connection, ConfigurationOptions configuration)
    {
        string cause = connection.IsConnected ? LostAtOnce : await TryFindCauseAsync(connection, configuration);
        connection.ConnectionFailed += (_, failed) => Lose(connection, failed, configuration.Password);
        connection.ConnectionRestored += (_, restored) => Regain(connection, restored);
        Look(connection, cause);
    }

    /// <summary>Says that the first attempt does not end: there is no connection yet to look at.</summary>
    /// <param name="reason">Why, as far as is known.</param>
    public void Miss(string reason)
    {
        lock (_turning)
        {
            if (!_isAway)
            {
                _isAway = true;
                logger.StoreLost(reason);
            }
        }
    }

    /// <summary>Says whether the store has turned, if it has.</summary>
    /// <param name="connection">The connection to it.</param>
    /// <param name="reason">Why it is away, if it is.</param>
    public void Look(IConnectionMultiplexer connection, string reason)
    {
        lock (_turning)
        {
            bool isAway = !connection.IsConnected || pulse().IsSilent;
            if (isAway == _isAway || pulse().HasEnded)
            {
                return;
            }

            _isAway = isAway;
            if (isAway)
            {
                logger.StoreLost(reason);
            }
            else
            {
                logger.StoreIsBack();
            }
        }
    }

    /// <summary>
    /// The client tells of the first failure before anybody can listen, and of no further one until it has been
    /// connected. It keeps the cause, and says it when it is asked something. That may be only how the connection
    /// ended, as it has seen that before it read why; then others are made until one has seen more.
    /// </summary>
    private static async Task<string> FindCauseAsync(
        ConnectionMultiplexer connection, ConfigurationOptions configuration)
    {
        string cause = await AskCauseAsync(connection, configuration);
        string next = cause;
        for (int others = 0; !IsClear(next); others++)
        {
            if (await StoreDial.FindCauseAsync(configuration) is { } said)
            {
                return said;
            }

            if (others == MostOthers)
            {
                return cause;
            }

            await using ConnectionMultiplexer other = await ConnectionMultiplexer.ConnectAsync(configuration.Clone());
            next = await AskCauseAsync(other, configuration);
        }

        return next;
    }

    /// <summary>What is not expected of the network is a cause as well.</summary>
    private static async Task<string> TryFindCauseAsync(
        ConnectionMultiplexer connection, ConfigurationOptions configuration)
    {
        try
        {
            return await FindCauseAsync(connection, configuration);
        }
        catch (Exception exception)
        {
            return StoreFailure.CauseOf(exception, configuration.Password);
        }
    }

    private static bool IsClear(string cause) =>
        cause == AnsweredLate
        || cause.StartsWith(nameof(ConnectionFailureType.AuthenticationFailure), StringComparison.Ordinal);

    private static async Task<string> AskCauseAsync(
        ConnectionMultiplexer connection, ConfigurationOptions configuration)
    {
        try
        {
            await connection.GetDatabase().PingAsync();
            return AnsweredLate;
        }
        catch (Exception exception) when (StoreFailure.Is(exception))
        {
            return StoreFailure.CauseOf(exception, configuration.Password);
        }
    }

    private void Lose(ConnectionMultiplexer connection, ConnectionFailedEventArgs failed, string? secret)
    {
        string reason = failed.Exception is { } cause
            ? StoreFailure.CauseOf(cause, secret)
            : failed.FailureType.ToString();
        Look(connection, reason);
        lock (_turning)
        {
            // One server of several; its sessions may be on it only, as they are in a cluster.
            if (failed is { ConnectionType: ConnectionType.Interactive, EndPoint: { } server }
                && connection.IsConnected && connection.GetEndPoints().Length > 1 && !pulse().HasEnded
                && _lostServers.Add(server))
            {
                logger.StoreServerLost(EndPointCollection.ToString(server), reason);
            }
        }
    }

    private void Regain(ConnectionMultiplexer connection, ConnectionFailedEventArgs restored)
    {
        Look(connection, "");
        lock (_turning)
        {
            if (restored is { ConnectionType: ConnectionType.Interactive, EndPoint: { } server }
                && _lostServers.Remove(server))
            {
                logger.StoreServerIsBack(EndPointCollection.ToString(server));
            }
        }
    }
}
