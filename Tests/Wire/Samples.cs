using SessionCluster.Replication;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Tests.Wire;

/// <summary>One message of each kind, and more where a kind has shapes that differ. Each has a golden file.</summary>
internal static class Samples
{
    private static readonly SessionId Session =
        new([.. Enumerable.Range(1, SessionId.Length).Select(static number => (byte)number)]);

    private static readonly Member First = new(new NodeId("node1"), 1_700_000_000_000);
    private static readonly Member Second = new(new NodeId("node-2_b"), 0);
    private static readonly Configuration Pair = new(300, new Placement([First, Second]));
    private static readonly Configuration Single = new(1, new Placement([Second]));
    private static readonly SessionVersion Version = new(new Epoch(7, First.Node), 129);
    private static readonly HolderVersion Told = new(7, 129);
    private static readonly Ballot Attempt = new(5, Second.Node);
    private static readonly RecordedOutcome Outcome =
        new(new Guid("00112233-4455-6677-8899-aabbccddeeff"), [200, 1]) { At = 36_000 };

    private static readonly View Agreed = new(
        9,
        [new ViewMember(First, MemberRole.Node), new ViewMember(Second, MemberRole.Voter)],
        [new Member(new NodeId("node3"), 4)]);

    private static readonly SessionDelta OneKey = SessionDelta.Setting("basket", [1, 2, 3]);

    private static readonly SessionDelta Everything = new(
        [new SessionValue("", []), new SessionValue("größe", [9]), new SessionValue("корзина\uD800", [8, 7])],
        ["old", "older"],
        Outcome);

    private static readonly SessionState State =
        SessionState.From([new SessionValue("basket", [1, 2, 3]), new SessionValue("a", [])], [Outcome]);

    private static readonly ChangeStamp Early = new(3, 8, Second.Node);
    private static readonly ChangeStamp Late = new(17_179_869_185, 129, First.Node);

    private static readonly SessionState MarkedState = State.WithMarks(new ChangeMarks(
        [new KeyMark("a", Early), new KeyMark("basket", Late), new KeyMark("gone", Early)],
        new SeenChanges([Early, Late]),
        [new Beginning(17_179_869_185, 9)]));

    private static readonly SessionState SeenOnly =
        SessionState.Empty.WithMarks(new ChangeMarks([], new SeenChanges([Early]), []));

    private static readonly LocationRecord[] Records =
    [
        new(Session, Pair),
        new(default, new Configuration(2, Placement.Removed)),
        new(Session, Pair with { Counter = 4 }),
        new(default, new Configuration(3, Placement.Lost)),
        new(Session, Single),
    ];

    private static readonly Configuration Forgotten = new(6, Placement.Expired);

    /// <summary>All samples by name; the part before the dot is the kind.</summary>
    public static IReadOnlyDictionary<string, Message> All { get; } = new SortedDictionary<string, Message>
    {
        ["Replicate.delta"] = new Replicate(
            Session, Told, 128, new ReplicatePayload(OneKey, null), TimeSpan.Zero, null) { Work = 1 },
        ["Replicate.everything"] = new Replicate(
            Session, Told, 5, new ReplicatePayload(Everything, null), TimeSpan.FromMilliseconds(1500), Pair)
            {
                Work = 100_000,
            },
        ["Replicate.full"] = new Replicate(
            Session, Told, 0, new ReplicatePayload(null, State), TimeSpan.FromDays(30), Single, 7),
        ["Replicate.empty"] = new Replicate(
            default, default, -1, new ReplicatePayload(null, SessionState.Empty), TimeSpan.Zero, null),
        ["Replicate.marked"] = new Replicate(
            Session, Told, 128, new ReplicatePayload(OneKey, null), TimeSpan.Zero, null, 300) { IsMarked = true },
        ["Replicate.none"] = new Replicate(Session, Told, 128, default, TimeSpan.Zero, Pair),
        ["Replicated"] = new Replicated(100_000, Told),
        ["NeedFull"] = new NeedFull(Session, Told),
        ["Stale"] = new Stale(3, Session, Pair),
        ["Touched"] = new Touched(
            [new Touch(Session.Prefix, TimeSpan.FromMilliseconds(7)), new Touch(0, TimeSpan.FromHours(1))]),
        ["CopyDigests"] = new CopyDigests(3, 14, [0, 0x0123456789ABCDEF]),
        ["TakeOver"] = new TakeOver(3, Session),
        ["HandOver"] = new HandOver(3, Session, Pair, Single, 129, State, TimeSpan.FromMilliseconds(250)),
        ["Moved"] = new Moved(Session, Single),
        ["Moved.unknown"] = new Moved(Session, new Configuration(0, Placement.Removed)),
        ["ForwardCommit"] = new ForwardCommit(77, Session, OneKey, Removes: false, new Instant(1_000_000)),
        ["ForwardCommit.removal"] = new ForwardCommit(
            78, Session, SessionDelta.Nothing, Removes: true, new Instant(-5)),
        ["ForwardedCommit"] = new ForwardedCommit(77, CommitResult.Unavailable, Version),
        ["ReturnedCommit"] = new ReturnedCommit(77),
        ["RecordLocations"] = new RecordLocations(3, 1000, Records),
        ["LocationsRecorded"] = new LocationsRecorded(3, 1000),
        ["MapDigestsRequest"] = new MapDigestsRequest(42),
        ["MapDigests"] = new MapDigests(
            42, 3, [new BucketDigest(1, ulong.MaxValue), new BucketDigest(4095, 0x0123456789ABCDEF)]),
        ["MapPageRequest"] = new MapPageRequest(42, 4095, Session),
        ["MapPage"] = new MapPage(42, 17, Records, IsLast: true),
        ["Located.expired"] = new Located(1, Session, Forgotten),
        ["Locate"] = new Locate(long.MaxValue, Session),
        ["Located"] = new Located(1, Session, Pair),
        ["Heartbeat"] = new Heartbeat(
            3, MemberStatus.Leaving, new Instant(-5), 1_000_000, 0xFEDCBA9876543210, new Instant(77), true,
            [new NodeId("node2")]),
        ["Heartbeat.first"] = new Heartbeat(0, MemberStatus.Joining, new Instant(5), 0, 0, null, false, []),
        ["HeartbeatAcknowledged"] = new HeartbeatAcknowledged(3, new Instant(637_000_000_000)),
        ["JoinRequest"] = new JoinRequest(3, MemberRole.Voter),
        ["Farewell"] = new Farewell(),
        ["ViewPrepare"] = new ViewPrepare(10, Attempt, [First, Second]),
        ["ViewPromise"] = new ViewPromise(
            10, Attempt, new Ballot(4, First.Node), Agreed, [new BucketDigest(0, 1), new BucketDigest(1, 2)]),
        ["ViewPromise.nothing"] = new ViewPromise(10, Attempt, default, null, []),
        ["ViewRefused"] = new ViewRefused(10, Attempt),
        ["ViewAccept"] = new ViewAccept(Attempt, Agreed, [new BucketDigest(0, 3)]),
        ["ViewAccepted"] = new ViewAccepted(10, Attempt),
        ["ViewInstall"] = new ViewInstall(Agreed, [new BucketDigest(300, 4)]),
        ["DeathNotice"] = new DeathNotice(Second),
        ["HandIn"] = new HandIn(11, Session, Pair, 129, TimeSpan.FromMilliseconds(250), MarkedState, HasValues: true),
        ["HandIn.unchanged"] = new HandIn(11, Session, Pair, 8, TimeSpan.Zero, SeenOnly, HasValues: false),
        ["HandIn.removal"] = new HandIn(
            11, Session, new Configuration(8, Placement.Removed), 0, TimeSpan.Zero, null, HasValues: false),
        ["HandedIn"] = new HandedIn(Session, 129, HandInVerdict.Elsewhere, First),
        ["HandedIn.taken"] = new HandedIn(Session, 129, HandInVerdict.Taken, default),
    };

    /// <summary>The names of the samples, for theories.</summary>
    public static TheoryData<string> Names => [.. All.Keys];
}
