namespace SessionCluster.Simulation;

/// <summary>
/// What goes wrong one after the other around one member, each at its message. Both alone mostly do no harm; together
/// they leave somebody with what nobody else has.
/// </summary>
/// <param name="Acts">What happens, in its order; mostly all of it to what one member says.</param>
internal sealed record Plot(params IReadOnlyList<Act> Acts)
{
    /// <summary>Those that chance would hardly ever make of single ambushes.</summary>
    public static IReadOnlyList<Plot> All { get; } =
    [
        // One lags behind with the map while the others decide; whoever could give it dies.
        new(Hits(Occasion.Accept, FaultKind.Clog), Strikes(Occasion.Install, FaultKind.Kill)),
        new(Hits(Occasion.Accept, FaultKind.Clog), Hits(Occasion.Install, FaultKind.CutBothWays)),
        new(Hits(Occasion.Page, FaultKind.Clog), Strikes(Occasion.Install, FaultKind.Kill)),
        new(Hits(Occasion.Page, FaultKind.CutBothWays)),

        // What is said in one attempt comes in the next one.
        new(Hits(Occasion.Accepted, FaultKind.Clog)),
        new(Hits(Occasion.Join, FaultKind.Clog), Strikes(Occasion.Join, FaultKind.Kill)),

        // What is said twice comes in the wrong order, or after another leads.
        new(Hits(Occasion.WholeState, FaultKind.Reset), Hits(Occasion.WholeState, FaultKind.Reset)),
        new(Hits(Occasion.Gift, FaultKind.Clog), Strikes(Occasion.Gift, FaultKind.Kill)),
        new(Hits(Occasion.Gift, FaultKind.CutBothWays), Strikes(Occasion.Gift, FaultKind.Kill)),
        new(Hits(Occasion.Commit, FaultKind.Clog), Strikes(Occasion.Commit, FaultKind.Kill)),
        new(Hits(Occasion.News, FaultKind.Clog), Strikes(Occasion.Record, FaultKind.Kill)),

        // An answer is there when the member that waited for it wakes up.
        new(Strikes(Occasion.Commit, FaultKind.Pause)),

        // Few know an end.
        new(Hits(Occasion.End, FaultKind.CutBothWays), Strikes(Occasion.End, FaultKind.Kill)),
        new(Hits(Occasion.End, FaultKind.Clog), Strikes(Occasion.End, FaultKind.Partition)),
        new(Hits(Occasion.End, FaultKind.Pair), Strikes(Occasion.End, FaultKind.Kill)),

        // Each attempt is accepted by another few.
        new(Hits(Occasion.Accept, FaultKind.Pair), Hits(Occasion.Accept, FaultKind.Pair) with { By = Speaker.Anybody }),
        new(
            Hits(Occasion.Accept, FaultKind.Confide),
            Hits(Occasion.Accept, FaultKind.Pair) with { By = Speaker.Anybody },
            Hits(Occasion.Accept, FaultKind.Confide) with { By = Speaker.Anybody }),
        new(Hits(Occasion.Page, FaultKind.Reset), Hits(Occasion.Page, FaultKind.Reset) with { By = Speaker.Anybody }),
        Attempts(FaultKind.Few, FaultKind.Few, FaultKind.Few, FaultKind.Few),
        Attempts(FaultKind.Few, FaultKind.Kill, FaultKind.Few, FaultKind.Kill),
        Attempts(FaultKind.Few, FaultKind.Few, FaultKind.Kill),

        // Whoever got a session tells one of its holders, and nobody else, before it is gone.
        new(Hits(Occasion.Gift, FaultKind.None), Strikes(Occasion.Commit, FaultKind.Kill) with { By = Speaker.Hearer }),
        new(Hits(Occasion.Gift, FaultKind.None), Hits(Occasion.News, FaultKind.Confide) with { By = Speaker.Hearer }),
        new(Hits(Occasion.Gift, FaultKind.None), Hits(Occasion.Record, FaultKind.Pair) with { By = Speaker.Hearer }),

        // Somebody asks to join, is started again at once, and its wish is still under way.
        new(Hits(Occasion.Join, FaultKind.Clog), Strikes(Occasion.Join, FaultKind.Restart)),
        new(Strikes(Occasion.Join, FaultKind.LeaveOne)),
    ];

    /// <summary>One attempt at a view after the other is struck while it is being accepted.</summary>
    private static Plot Attempts(params IEnumerable<FaultKind> kinds) =>
        new([.. kinds.Select(static kind => Strikes(Occasion.Accept, kind) with { By = Speaker.Anybody })]);

    /// <summary>Something happens to who says it.</summary>
    private static Act Strikes(Occasion occasion, FaultKind kind) => new(occasion, kind, StrikesSender: true);

    /// <summary>Something happens on its way, or to who hears it.</summary>
    private static Act Hits(Occasion occasion, FaultKind kind) => new(occasion, kind, StrikesSender: false);
}

/// <summary>One thing that goes wrong.</summary>
/// <param name="Occasion">At which message.</param>
/// <param name="Kind">What.</param>
/// <param name="StrikesSender">Whether who says it is struck, and not who hears it.</param>
internal sealed record Act(Occasion Occasion, FaultKind Kind, bool StrikesSender)
{
    /// <summary>Whose message it must be.</summary>
    public Speaker By { get; init; } = Speaker.Same;
}

/// <summary>Whose message one act of a plot waits for.</summary>
internal enum Speaker
{
    /// <summary>Who has said the one before.</summary>
    Same,

    /// <summary>Who has heard the one before.</summary>
    Hearer,

    /// <summary>Anybody.</summary>
    Anybody,
}
