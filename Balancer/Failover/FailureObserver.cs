using System.Net;
using Microsoft.Extensions.ObjectPool;
using Microsoft.Net.Http.Headers;
using SessionCluster.Balancer.Health;
using Yarp.ReverseProxy.Forwarder;

namespace SessionCluster.Balancer.Failover;

/// <summary>
/// Stands between the forwarder and the connections, where it can be seen how far a request came, and notes it. It also
/// leaves a node that took the request and then froze.
/// </summary>
internal sealed class FailureObserver(HttpMessageHandler inner, ObjectPool<NodeWatch> watches)
    : DelegatingHandler(inner)
{
    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Version.Major == 1 && !request.Headers.NonValidated.Contains(HeaderNames.Upgrade))
        {
            // Without content the handler below would by itself send the request up to three times more where the
            // connection ends before the response, whatever the method: unseen by traces and budget, and then a refused
            // connection would not prove that nothing was sent. A connection cannot be upgraded by a request that has
            // content, so those keep their repetitions. By HTTP/2 only what the node says it has not begun is sent
            // again.
            request.Content ??= new EmptyContent();
        }

        return request.Options.TryGetValue(ForwardedRequest.Key, out ForwardedRequest? forwarded)
            ? SendWatchedAsync(request, forwarded, cancellationToken)
            : base.SendAsync(request, cancellationToken);
    }

    private async Task<HttpResponseMessage> SendWatchedAsync(
        HttpRequestMessage request, ForwardedRequest forwarded, CancellationToken cancellation)
    {
        NodeWatch watch = watches.Get();
        watch.Begin(request.RequestUri!, forwarded);
        bool isBodyWatched = false;
        try
        {
            bool isLent = WholeContent.TrySet(request, forwarded.Body);
            watch.BeginWait();
            HttpResponseMessage response = await base.SendAsync(request, watch.Follow(cancellation));
            if (isLent)
            {
                // By HTTP/1.1 and HTTP/2 alike, content of this kind is sent before the response is looked at.
                forwarded.Body!.GiveBack();
            }

            forwarded.Answered(response);
            if (request.Headers.Protocol is null && HasBody(response))
            {
                forwarded.Answer = new WatchedContent(response.Content, watch, watches);
                isBodyWatched = true;
            }

            return response;
        }
        catch (Exception) when (watch.IsFrozen && !cancellation.IsCancellationRequested)
        {
            throw new NodeFrozenException();
        }
        catch (HttpRequestException failure) when (!cancellation.IsCancellationRequested)
        {
            forwarded.Failure = ConnectionFailure.IsIn(failure) ? TryFailure.NothingSent : TryFailure.ConnectionLost;
            throw;
        }
        finally
        {
            watch.EndWait();
            if (!isBodyWatched)
            {
                watches.Return(watch);
            }
        }
    }

    /// <summary>
    /// A node may also freeze between the head of its response and the end. What follows where another protocol was
    /// asked for is no body: by HTTP/1.1 the status says so, by HTTP/2 the request.
    /// </summary>
    private static bool HasBody(HttpResponseMessage response) =>
        response.StatusCode is not (HttpStatusCode.SwitchingProtocols or HttpStatusCode.NoContent)
        && ContentLength.Of(response.Content.Headers) != 0;
}

/// <summary>A node accepted a request, gave no response, and does not say that it lives.</summary>
internal sealed class NodeFrozenException() : HttpRequestException("The node does not answer any more.");
