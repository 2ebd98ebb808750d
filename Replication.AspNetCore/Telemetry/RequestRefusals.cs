using Microsoft.Extensions.Logging;

namespace SessionCluster.Replication.AspNetCore.Telemetry;

/// <summary>
/// Tells of the requests that are refused. While sessions cannot be reached nearly every request is, and a line for
/// each would bury all others: that is said when it begins, and with the number of requests when it is over.
/// </summary>
internal sealed class RequestRefusals(ReplicationMetrics metrics, TimeProvider time, ILogger<RequestRefusals> logger)
{
    /// <summary>
    /// It is over with the first request that is served after so long without a refusal. Where only some sessions
    /// cannot be reached, requests of others are served all the time.
    /// </summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();

    /// <summary>How many were refused since it began; none where all is well.</summary>
    private long _count;
    private long _latest;

    /// <summary>A request is answered with an error.</summary>
    /// <param name="status">Which.</param>
    /// <param name="refusal">Why.</param>
    public void Refused(int status, SessionReplicationException refusal)
    {
        metrics.Refused(refusal.Failure);
        if (refusal.Failure != SessionFailure.Unavailable)
        {
            logger.RequestRefused(status, ReasonOf(refusal));
        }
        else if (Count() == 1)
        {
            logger.RefusalsBegan(status, ReasonOf(refusal));
        }
    }

    /// <summary>A response is cut off, as its head promised what cannot be kept.</summary>
    /// <param name="refusal">Why.</param>
    public void CutOff(SessionReplicationException refusal)
    {
        metrics.Refused(refusal.Failure);
        logger.ResponseCutOff(ReasonOf(refusal));
    }

    /// <summary>A request was served, with a session.</summary>
    public void Served()
    {
        // Each request asks this, and hardly ever there is anything to say.
        if (Volatile.Read(ref _count) > 0 && End() is var refused and > 0)
        {
            logger.RefusalsEnded(refused);
        }
    }

    private static string ReasonOf(SessionReplicationException refusal) =>
        refusal.Cause is { } cause ? $"{refusal.Message.TrimEnd('.')}: {cause}" : refusal.Message;

    private long Count()
    {
        lock (_lock)
        {
            _latest = time.GetTimestamp();
            return ++_count;
        }
    }

    /// <summary>How many were refused, if that is over now.</summary>
    private long End()
    {
        lock (_lock)
        {
            if (time.GetElapsedTime(_latest) < Quiet)
            {
                return 0;
            }

            long refused = _count;
            _count = 0;
            return refused;
        }
    }
}
