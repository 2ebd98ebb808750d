using System.Net;
using Microsoft.Net.Http.Headers;
using SessionCluster.Balancer.Health;
using Yarp.ReverseProxy.Forwarder;

namespace SessionCluster.Balancer.Failover;

/// <summary>
/// Stands between the forwarder and the connections, where it can be seen how far a request came, and notes it. It also
/// leaves a node that took the request and then froze.
/// </summary>
internal sealed class FailureObserver(HttpMessageHandler inner, FailoverOptions options, NodeAliveness aliveness)
    : DelegatingHandler(inner)
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!request.Headers.NonValidated.Contains(HeaderNames.Upgrade))
        {
            // Without content the handler below would by itself send the request up to three times more where the
            // connection ends before the response, whatever the method: unseen by traces and budget, and then a refused
            // connection would not prove that nothing was sent. A connection cannot be upgraded by a request that has
            // content, so those keep their repetitions.
            request.Content ??= new ByteArrayContent([]);
        }

        if (!request.Options.TryGetValue(ForwardedRequest.Key, out ForwardedRequest? forwarded))
        {
            return await base.SendAsync(request, cancellationToken);
        }

        try
        {
            HttpResponseMessage response = await SendWithPatienceAsync(request, forwarded, cancellationToken);
            forwarded.Answered(response);
            Watch(response, request.RequestUri!, forwarded);
            return response;
        }
        catch (HttpRequestException failure) when (!cancellationToken.IsCancellationRequested)
        {
            forwarded.Failure = failure switch
            {
                NodeFrozenException => TryFailure.Frozen,
                _ when ConnectionFailure.IsIn(failure) => TryFailure.NothingSent,
                _ => TryFailure.ConnectionLost,
            };
            throw;
        }
    }

    /// <summary>A node may also freeze between the head of its response and the end.</summary>
    private void Watch(HttpResponseMessage response, Uri node, ForwardedRequest forwarded)
    {
        if (response.StatusCode is not (HttpStatusCode.SwitchingProtocols or HttpStatusCode.NoContent)
            && response.Content.Headers.ContentLength != 0)
        {
            response.Content = new WatchedContent(response.Content, body => new WatchedBody(
                body,
                options.Patience,
                () => aliveness.AnsweredLatelyAsync(node),
                () => forwarded.Failure = TryFailure.Frozen));
        }
    }

    private async Task<HttpResponseMessage> SendWithPatienceAsync(
        HttpRequestMessage request, ForwardedRequest forwarded, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task<HttpResponseMessage> response = base.SendAsync(request, limit.Token);
        while (true)
        {
            await ((Task)response).WaitAsync(options.Patience, cancellation)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (response.IsCompleted || cancellation.IsCancellationRequested)
            {
                return await response;
            }

            if (forwarded.Body is { IsWaitingForClient: true } || await aliveness.AnswersAsync(request.RequestUri!))
            {
                continue;
            }

            await limit.CancelAsync();
            await ((Task)response).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return response.IsCompletedSuccessfully ? await response : throw new NodeFrozenException();
        }
    }
}

/// <summary>A node accepted a request, gave no response, and does not say that it lives.</summary>
internal sealed class NodeFrozenException() : HttpRequestException("The node does not answer any more.");
