using StackExchange.Redis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>Tells the store's failures from mistakes of the code.</summary>
internal static class StoreFailure
{
    /// <summary>How the protocol begins to say that a command is not for what is there.</summary>
    private const string WrongType = "WRONGTYPE";

    /// <summary>And that a step was not done, as something in it was refused.</summary>
    private const string Aborted = "EXECABORT";

    /// <summary>
    /// Whether the store could not be reached, did not answer in time, or refused for the moment; or the client knows
    /// that it would refuse, as a replica does, a database that it does not have, or a command that it was told not to
    /// use.
    /// </summary>
    public static bool Is(Exception exception) => exception is RedisException or RedisCommandException
        or TimeoutException or OperationCanceledException or ObjectDisposedException;

    /// <summary>
    /// Why there is no connection, in a few words: the kind that the client knows, and what the network or the server
    /// has said. The client's own words are about itself, and may repeat a command, and with it a session's key.
    /// </summary>
    /// <param name="exception">What the client has thrown or kept.</param>
    /// <param name="secret">
    /// The password. A server may repeat a command that it does not know; then nothing of what it said is told.
    /// </param>
    public static string CauseOf(Exception exception, string? secret)
    {
        string kind = "";
        Exception cause = exception;
        for (Exception? next = exception; next is not null; next = next.InnerException)
        {
            cause = next;
            if (next is RedisConnectionException failed)
            {
                kind = failed.FailureType.ToString();
            }
        }

        bool isTellable = cause is not (RedisConnectionException or RedisCommandException or TimeoutException)
            && (string.IsNullOrEmpty(secret) || !cause.Message.Contains(secret, StringComparison.Ordinal));
        string said = isTellable ? cause.Message : "";
        return kind.Length > 0 && said.Length > 0 ? $"{kind}: {said}" : kind + said;
    }

    /// <summary>Whether it is certain that the store has not heard what it was to be asked.</summary>
    public static bool WasNotAsked(Exception exception) => exception is StoreSilentException
        or RedisConnectionException { FailureType: ConnectionFailureType.UnableToResolvePhysicalConnection };

    /// <summary>
    /// What is said of it to whoever wants the session. A node that has lost its own connection may not be alone with
    /// that, but it may; where there is one and the store does not answer by it, it answers no other node.
    /// </summary>
    public static SessionReplicationException Refusal(Exception exception) => exception switch
    {
        SessionReplicationException refusal => refusal,
        RedisConnectionException or ObjectDisposedException =>
            new SessionReplicationException("The session store cannot be reached."),
        RedisServerException said => new SessionReplicationException("The session store refuses for the moment.")
        {
            IsSameElsewhere = true, Cause = CodeOf(said),
        },
        RedisCommandException => new SessionReplicationException("The session store cannot be used."),
        _ => new SessionReplicationException("The session store does not answer.") { IsSameElsewhere = true },
    };

    /// <summary>
    /// The protocol's word for what is wrong, as <c>OOM</c> or <c>READONLY</c>. What follows it may repeat the command,
    /// and with it a session's key.
    /// </summary>
    public static string? CodeOf(RedisServerException said)
    {
        string word = said.Message.Split(' ', 2)[0];
        return word.Length > 0 && word.All(char.IsAsciiLetterUpper) ? word : null;
    }

    /// <summary>Whether a step was not done, and the store has not said why.</summary>
    public static bool IsAborted(RedisServerException exception) =>
        exception.Message.StartsWith(Aborted, StringComparison.Ordinal);

    /// <summary>Whether the store has the mark of an ended session where a session was meant.</summary>
    public static bool IsEnded(RedisServerException exception) =>
        exception.Message.StartsWith(WrongType, StringComparison.Ordinal);
}
