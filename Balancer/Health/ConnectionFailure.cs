namespace SessionCluster.Balancer.Health;

/// <summary>Tells a connection that was never made from one that was lost.</summary>
internal static class ConnectionFailure
{
    /// <summary>Whether no connection was made, so that nothing was sent on one.</summary>
    public static bool IsIn(Exception? failure) => failure is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError
            or HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError,
    };
}
