namespace SessionCluster.Replication.Sessions;

internal enum RequestKind
{
    Load,
    Commit,
    Remove,
}

/// <summary>A request of the shell, or one that a former primary has forwarded, until it is answered.</summary>
internal sealed class SessionRequest(long number, SessionId session, RequestKind kind, Instant deadline)
{
    public long Number { get; } = number;

    public SessionId Session { get; } = session;

    public RequestKind Kind { get; } = kind;

    /// <summary>When it is answered with <c>Unavailable</c>.</summary>
    public Instant Deadline { get; } = deadline;

    public SessionDelta Delta { get; init; } = SessionDelta.Nothing;

    public bool Creates { get; init; }

    /// <summary>Whether a load wants the session for itself.</summary>
    public bool IsExclusive { get; init; }

    /// <summary>The exclusive load on which a commit or a removal rests.</summary>
    public long? ExclusiveLoad { get; init; }

    /// <summary>The node that forwarded it; the default when it was made here.</summary>
    public Member ForwardedBy { get; init; }

    /// <summary>To whom this node has forwarded it; its outcome is known there alone.</summary>
    public Member ForwardedTo { get; set; }

    /// <summary>Gets the answer, where the request was neither made here nor forwarded.</summary>
    public Action<CommitResult>? Answered { get; init; }

    public bool IsAnswered { get; set; }
}
