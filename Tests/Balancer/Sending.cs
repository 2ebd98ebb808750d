namespace SessionCluster.Tests.Balancer;

/// <summary>Requests of a client that has a session, with a route and a body of which every byte is known.</summary>
internal static class Sending
{
    public static async Task<HttpResponseMessage> SendAsync(
        this HttpClient client, string method, int bytes, string route, CancellationToken? cancellation = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/");
        request.Headers.TryAddWithoutValidation("Cookie", $"SessionCluster.Route={route}; session=somebody");
        if (bytes > 0)
        {
            request.Content = new ByteArrayContent([.. Enumerable.Range(0, bytes).Select(i => (byte)i)]);
        }

        return await client.SendAsync(request, cancellation ?? TestContext.Current.CancellationToken);
    }
}
