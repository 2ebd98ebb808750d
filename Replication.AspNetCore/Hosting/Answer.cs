namespace SessionCluster.Replication.AspNetCore.Hosting;

/// <summary>
/// What the machine has answered to a request, for as long as the request needs it: the machine uses its own objects
/// again. The default is no answer at all.
/// </summary>
/// <param name="Loaded">The answer to a load.</param>
/// <param name="Committed">The answer to a commit or a removal.</param>
internal readonly record struct Answer(LoadCompleted? Loaded, CommitAnswer? Committed)
{
    public static Answer Of(Completion completion) => completion is CommitCompleted commit
        ? new Answer(null, new CommitAnswer(commit.Result, commit.Version, commit.Placement))
        : new Answer(completion as LoadCompleted, null);
}

/// <summary>What became of a commit.</summary>
/// <param name="Result">What became of it.</param>
/// <param name="Version">The version after it.</param>
/// <param name="Placement">Who holds the session now, where it was committed.</param>
internal readonly record struct CommitAnswer(CommitResult Result, SessionVersion Version, Placement? Placement)
{
    /// <summary>Nobody knows.</summary>
    public static CommitAnswer Unavailable { get; } = new(CommitResult.Unavailable, default, null);
}
