namespace SessionCluster.Replication.Sessions;

/// <summary>A request of the shell, or one that a former primary has forwarded, until it is answered.</summary>
/// <param name="input">What is wanted. It is kept as it came, so that a request is no second copy of it.</param>
/// <param name="deadline">When it is answered with <c>Unavailable</c>.</param>
internal sealed class SessionRequest(SessionInput input, Instant deadline)
{
    public long Number => input.Request;

    public SessionId Session => input.Session;

    public RequestKind Kind => input.Kind;

    /// <summary>When it is answered with <c>Unavailable</c>.</summary>
    public Instant Deadline { get; } = deadline;

    public SessionDelta Delta => input is CommitSession commit ? commit.Delta : SessionDelta.Nothing;

    public bool Creates => input is CommitSession { Creates: true };

    /// <summary>Whether a load wants the session for itself.</summary>
    public bool IsExclusive => input is LoadSession { IsExclusive: true };

    /// <summary>The exclusive load on which a commit or a removal rests.</summary>
    public long? ExclusiveLoad => input switch
    {
        CommitSession commit => commit.ExclusiveLoad,
        RemoveSession remove => remove.ExclusiveLoad,
        _ => null,
    };

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
