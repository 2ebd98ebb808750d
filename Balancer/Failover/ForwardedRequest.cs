using SessionCluster.Replication.AspNetCore;
using Yarp.ReverseProxy.Model;

namespace SessionCluster.Balancer.Failover;

/// <summary>One client's request, through all its tries. Each message to a node carries it.</summary>
internal sealed class ForwardedRequest(string method, ReplayableBody? body)
{
    /// <summary>Where a message to a node carries its request.</summary>
    public static readonly HttpRequestOptionsKey<ForwardedRequest> Key = new("SessionCluster.ForwardedRequest");

    private List<DestinationState>? _tried;
    private TryFailure _unclear;

    /// <summary>The body, where there may be one.</summary>
    public ReplayableBody? Body { get; } = body;

    /// <summary>Whether the method only reads: a request without consequences.</summary>
    public bool IsSafe { get; } = HttpMethods.IsGet(method) || HttpMethods.IsHead(method)
        || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method);

    /// <summary>Whether executing it twice is the same as once, by the method's own promise.</summary>
    public bool IsIdempotent => IsSafe || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method);

    /// <summary>What names the request and the current try to a node; nothing where the request only reads.</summary>
    public string? KeyText { get; set; }

    /// <summary>How the current try failed.</summary>
    public TryFailure Failure { get; set; }

    /// <summary>Why a node did not execute the request, in the words of the latest that has said so.</summary>
    public string? Reason { get; set; }

    /// <summary>
    /// Whether another node could know from the request's key that the current try has executed it. Of an answer that
    /// has begun, its head says so; where none has, the node may have recorded the key before it was lost.
    /// </summary>
    public bool MayBeRecorded { get; private set; } = true;

    /// <summary>
    /// How the latest of those tries failed that may have executed the request, this one included; nothing where none
    /// has.
    /// </summary>
    public TryFailure Unclear => Failure.LeavesOutcomeUnknown() ? Failure : _unclear;

    /// <summary>
    /// What the response is to be read through, from when its head has come until <see cref="WatchAnswer"/>. Made of
    /// objects that nobody must dispose of.
    /// </summary>
    public WatchedContent? Answer { get; set; }

    /// <summary>The headers of the response have gone on to the client's; its body is watched from now on.</summary>
    public void WatchAnswer(HttpResponseMessage response)
    {
        if (Answer is { } watched)
        {
            response.Content = watched;
            Answer = null;
        }
    }

    /// <summary>The head of the current try's response has come.</summary>
    public void Answered(HttpResponseMessage response) =>
        MayBeRecorded = IsIdempotent
            || response.Headers.NonValidated.Contains(ReplicationHeaders.OutcomeRecorded)
            || response.Headers.NonValidated.Contains(ReplicationHeaders.OutcomeUnknown);

    /// <summary>Prepares the next try: the body begins anew, and the node that failed is not asked again.</summary>
    public void BeginNextTry(DestinationState? failed)
    {
        if (failed is not null)
        {
            (_tried ??= []).Add(failed);
        }

        _unclear = Unclear;
        Failure = TryFailure.None;
        MayBeRecorded = true;
        Body?.Rewind();
    }

    /// <summary>The nodes that have not been tried yet.</summary>
    public IReadOnlyList<DestinationState> Untried(IReadOnlyList<DestinationState> available) =>
        _tried is { } tried ? [.. available.Where(node => !tried.Contains(node))] : available;
}
