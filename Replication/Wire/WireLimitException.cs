namespace SessionCluster.Replication;

/// <summary>
/// A message cannot be written because it is beyond <see cref="WireLimits"/> or says what cannot be. It is an error of
/// this program, not of a peer; every receiver would refuse the message and close the connection, again and again.
/// </summary>
public sealed class WireLimitException : Exception
{
    /// <summary>Makes the exception.</summary>
    public WireLimitException()
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What is wrong; it names no session and no key.</param>
    public WireLimitException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What is wrong; it names no session and no key.</param>
    /// <param name="innerException">What caused it.</param>
    public WireLimitException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
