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

    /// <summary>Who gets the answer; nobody in particular when the shell does.</summary>
    public Asker? Asker { get; init; }

    /// <summary>Whether another node has forwarded it to this one.</summary>
    public bool IsForwarded => Asker is { Answered: null };

    public bool IsAnswered { get; set; }
}

/// <summary>Who asked, where the shell did not.</summary>
/// <param name="Node">The node that forwarded the request, or on whose behalf it is made.</param>
/// <param name="Answered">Gets the answer, where the request was neither made here nor forwarded.</param>
internal sealed record Asker(Member Node, Action<CommitResult>? Answered = null);
