namespace SessionCluster.Simulation;

/// <summary>The kind of message that an ambush waits for.</summary>
/// <param name="Is">Whether a message is one.</param>
internal sealed record Occasion(Func<Message, bool> Is)
{
    public static Occasion Accept { get; } = Of<ViewAccept>();

    public static Occasion Accepted { get; } = Of<ViewAccepted>();

    public static Occasion Install { get; } = Of<ViewInstall>();

    public static Occasion Join { get; } = Of<JoinRequest>();

    public static Occasion Page { get; } = Of<MapPage>();

    public static Occasion Gift { get; } = Of<HandOver>();

    public static Occasion Commit { get; } = Of<Replicate>();

    public static Occasion Record { get; } = Of<RecordLocations>();

    /// <summary>A holder gets everything.</summary>
    public static Occasion WholeState { get; } = new(static message => message is Replicate { Payload.Full: not null });

    /// <summary>A holder hears of a configuration.</summary>
    public static Occasion News { get; } = new(static message => message is Replicate { Configuration: not null });

    /// <summary>The end of a session is to be recorded.</summary>
    public static Occasion End { get; } = new(static message => message is RecordLocations records && HasEnd(records));

    /// <summary>Those about views.</summary>
    public static IReadOnlyList<Occasion> OfViews { get; } =
    [
        Of<ViewPrepare>(), Of<ViewPromise>(), Accept, Accept, Accepted, Install, Install, Join, Of<MapPageRequest>(),
        Page,
        Of<Farewell>(), Of<DeathNotice>(),
    ];

    /// <summary>Those about sessions.</summary>
    public static IReadOnlyList<Occasion> OfSessions { get; } =
    [
        Record, Of<LocationsRecorded>(), Gift, Gift, Of<TakeOver>(), Commit, Of<Replicated>(), Of<Stale>(),
        Of<ForwardCommit>(), Of<ForwardedCommit>(), Of<Locate>(), Of<Located>(), Of<NeedFull>(), WholeState, News, End,
    ];

    /// <summary>All kinds; one that is named twice is twice as likely.</summary>
    public static IReadOnlyList<Occasion> All { get; } = [.. OfViews, .. OfSessions];

    private static Occasion Of<TMessage>() where TMessage : Message => new(static message => message is TMessage);

    private static bool HasEnd(RecordLocations records)
    {
        foreach (LocationRecord record in records.Records)
        {
            if (!record.Configuration.Placement.IsAlive)
            {
                return true;
            }
        }

        return false;
    }
}
