namespace SessionCluster.Replication;

/// <summary>The answer to a request of the shell.</summary>
/// <param name="Request">The shell's number of the request.</param>
public abstract record Completion(long Request)
{
    /// <summary>The shell's number of the request.</summary>
    public long Request { get; private protected set; } = Request;
}

/// <summary>Answers <see cref="LoadSession"/>.</summary>
/// <param name="Request">The shell's number of the request.</param>
/// <param name="Result">What was found.</param>
/// <param name="State">The state, where the session was found; else empty.</param>
/// <param name="Version">The version of the state.</param>
/// <param name="Placement">Who holds the session now, where it was found.</param>
public sealed record LoadCompleted(
    long Request, LoadResult Result, SessionState State, SessionVersion Version,
    Placement? Placement) : Completion(Request);

/// <summary>Answers <see cref="CommitSession"/> and <see cref="RemoveSession"/>.</summary>
/// <param name="Request">The shell's number of the request.</param>
/// <param name="Result">What became of it.</param>
/// <param name="Version">The version after it.</param>
/// <param name="Placement">Who holds the session now, where it was committed.</param>
public sealed record CommitCompleted(
    long Request, CommitResult Result, SessionVersion Version, Placement? Placement) : Completion(Request)
{
    /// <summary>What became of it.</summary>
    public CommitResult Result { get; private set; } = Result;

    /// <summary>The version after it.</summary>
    public SessionVersion Version { get; private set; } = Version;

    /// <summary>Who holds the session now, where it was committed.</summary>
    public Placement? Placement { get; private set; } = Placement;

    /// <summary>Makes another answer of one that nobody needs any more.</summary>
    internal CommitCompleted Become(long request, CommitResult result, SessionVersion version, Placement? placement)
    {
        (Request, Result, Version, Placement) = (request, result, version, placement);
        return this;
    }
}

/// <summary>What a load found.</summary>
public enum LoadResult
{
    /// <summary>The session; this node is its primary now.</summary>
    Found,

    /// <summary>There is no such session, and a quorum knows of none.</summary>
    NotFound,

    /// <summary>There was one; every process that held it has died.</summary>
    Lost,

    /// <summary>There may be one, but it cannot be reached, or this node has no permission to serve.</summary>
    Unavailable,
}
