namespace SessionCluster.Benchmarks.Steps;

/// <summary>How much the machines have to do. All times are virtual.</summary>
internal sealed record StepsOptions
{
    /// <summary>How many sessions of 1 KiB four machines have in all.</summary>
    public int Sessions { get; init; } = 200_000;

    /// <summary>How long they rest, after the creation and after the death.</summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long all may take to be on two nodes, after the creation and after the death.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A run of a second that shows that everything works; its figures say little.</summary>
    public StepsOptions Quick() => this with { Sessions = 1000, Rest = TimeSpan.FromSeconds(10) };
}
