namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// That a request was executed, and what it has answered: recorded with its first commit, under its key. See
/// docs/decisions/0014.
/// </summary>
internal sealed class RequestOutcome
{
    private RequestKey? _request;
    private byte[] _answer = [];

    /// <summary>Whether it is recorded where a later try finds it.</summary>
    public bool IsRecorded { get; private set; }

    /// <summary>
    /// Whether it is to be recorded even where nothing else is: the method does not promise that twice is the same as
    /// once.
    /// </summary>
    public bool IsWanted => _request is { IsIdempotent: false };

    /// <summary>What the next commit records; nothing without a key, or after the first commit.</summary>
    public RecordedOutcome? Pending => _request is { } request ? new RecordedOutcome(request.Key, _answer) : null;

    /// <summary>The request's first commit also records that it was executed, under this key.</summary>
    public void RecordUnder(RequestKey request) => _request = request;

    /// <summary>What the request answers, as it is recorded; empty where that is not to be kept.</summary>
    public void Answer(byte[] response) => _answer = response;

    /// <summary>The session is committed.</summary>
    /// <param name="isFound">Whether a later try finds the session.</param>
    public void Committed(bool isFound)
    {
        IsRecorded |= _request is not null && isFound;
        Forget();
    }

    /// <summary>Nothing is to be recorded any more.</summary>
    public void Forget() => _request = null;
}
