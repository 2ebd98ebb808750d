namespace SessionCluster.AppHost;

/// <summary>
/// What the cluster says of itself in one line, so that the console does not say that it is well when it is not.
/// </summary>
internal static class ClusterHeadline
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Reads it from the balancer's page: the mode, and how many nodes are up.</summary>
    /// <param name="address">Where the balancer serves HTTP.</param>
    /// <param name="cancellationToken">Ends the question.</param>
    /// <returns>The line; or that there is none, and why.</returns>
    public static async Task<string> ReadAsync(string address, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = Patience };
        http.DefaultRequestHeaders.Accept.ParseAdd("text/plain");
        try
        {
            var page = await http.GetStringAsync($"{address}/_cluster", cancellationToken);
            return page.Split('\n', 2)[0];
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            return $"the balancer does not say how it is ({failure.Message})";
        }
    }
}
