using SessionCluster.Replication;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Tests.Wire;

/// <summary>Messages of all kinds with contents that a seed decides.</summary>
internal sealed class RandomMessages(int seed)
{
    private const int Kinds = 33;

    private readonly Random _random = new(seed);

    public Message Next() => _random.Next(Kinds) switch
    {
        0 => Maybe()
            ? new Replicate(Session(), Told(), Signed(), Payload(), Idle(), Configuration(), Number())
            {
                Work = Number(),
            }
            : new Replicate(Session(), Told(), Signed(), Payload(), Idle(), null) { Work = Number() },
        1 => new Replicated(Number(), Told()),
        2 => new NeedFull(Session(), Told()),
        3 => new Stale(Number(), Session(), Configuration()),
        4 => new Touched(Many(() => new Touch(Session().Prefix, Idle()))),
        5 => new TakeOver(Number(), Session()),
        6 => new HandOver(Number(), Session(), Configuration(), Configuration(), Number(), State(), Idle()),
        7 => new Moved(Session(), Configuration()),
        8 => new ForwardCommit(Number(), Session(), Delta(), Maybe(), new Instant(Signed())),
        9 => new ForwardedCommit(Number(), (CommitResult)_random.Next(4), Version()),
        10 => new RecordLocations(Number(), Number(), Records()),
        11 => new LocationsRecorded(Number(), Number()),
        12 => new MapDigestsRequest(Number()),
        13 => new MapDigests(Number(), Number(), Digests()),
        14 => new MapPageRequest(Number(), _random.Next(4096), Session()),
        15 => new MapPage(Number(), _random.Next(4096), Records(), Maybe()),
        16 => new Locate(Number(), Session()),
        17 => new Located(Number(), Session(), Configuration()),
        18 => new Heartbeat(
            Number(), (MemberStatus)_random.Next(3), new Instant(Signed()), Number(), (ulong)Signed(),
            Maybe() ? new Instant(Signed()) : null, Maybe(),
            [.. Many(Member).Select(static member => member.Node)]),
        19 => new HeartbeatAcknowledged(Number(), new Instant(Signed())),
        20 => new JoinRequest(Number(), Role()),
        21 => new Farewell(),
        22 => new ViewPrepare(Number(), Attempt(), Many(Member)),
        23 => new ViewPromise(Number(), Attempt(), Attempt(), Maybe() ? View() : null, Digests()),
        24 => new ViewRefused(Number(), Attempt()),
        25 => new ViewAccept(Attempt(), View(), Digests()),
        26 => new ViewAccepted(Number(), Attempt()),
        27 => new DeathNotice(Member()),
        28 => Maybe()
            ? new HandIn(Number(), Session(), Configuration(), Number(), Idle(), State(), Maybe())
            : new HandIn(Number(), Session(), Configuration(), Number(), Idle(), null, HasValues: false),
        29 => Maybe()
            ? new HandedIn(Session(), Number(), HandInVerdict.Elsewhere, Member())
            : new HandedIn(Session(), Number(), (HandInVerdict)_random.Next(2), default),
        30 => new ReturnedCommit(Number()),
        31 => new CopyDigests(Number(), _random.Next(12), [.. Many(() => (ulong)Signed()).Take(4)]),
        _ => new ViewInstall(View(), Digests()),
    };

    public byte[] Bytes(int maximum)
    {
        byte[] bytes = new byte[_random.Next(maximum + 1)];
        _random.NextBytes(bytes);
        return bytes;
    }

    public int Below(int maximum) => _random.Next(maximum);

    private bool Maybe() => _random.Next(2) == 0;

    /// <summary>Numbers of all lengths, and the greatest of all now and then.</summary>
    private long Number() => _random.Next(20) == 0 ? long.MaxValue : _random.NextInt64() >> _random.Next(63);

    private long Signed() => Maybe() ? Number() : -Number();

    private TimeSpan Idle() => TimeSpan.FromMilliseconds(_random.NextInt64(1L << _random.Next(1, 40)));

    private T[] Many<T>(Func<T> make) => [.. Enumerable.Range(0, _random.Next(12)).Select(_ => make())];

    private SessionId Session()
    {
        Span<byte> bytes = stackalloc byte[SessionId.Length];
        _random.NextBytes(bytes);
        return new SessionId(bytes);
    }

    private NodeId Node() => new("node" + _random.Next(1, 40));

    private Member Member() => new(Node(), Number());

    private MemberRole Role() => (MemberRole)_random.Next(2);

    private HolderVersion Told() => new(Number(), Number());

    private SessionVersion Version() => new(new Epoch(Number(), Maybe() ? Node() : default), Number());

    private Ballot Attempt() => Maybe() ? default : new Ballot(Number(), Node());

    private Configuration Configuration() => new(Number(), _random.Next(6) switch
    {
        0 => Placement.Removed,
        1 => Maybe() ? Placement.Lost : Placement.Expired,
        _ => new Placement([.. Many(Member).Append(new Member(new NodeId("last"), 1)).Distinct()]),
    });

    private string Key() => _random.Next(4) switch
    {
        0 => new string((char)_random.Next(char.MaxValue + 1), _random.Next(5)),
        1 => new string('k', _random.Next(WireLimits.KeyLength + 1)),
        _ => "key" + _random.Next(100),
    };

    private SessionValue[] Values() =>
        [.. Many(() => new SessionValue(Key(), Bytes(300))).DistinctBy(value => value.Key)];

    private RecordedOutcome Outcome()
    {
        Span<byte> key = stackalloc byte[16];
        _random.NextBytes(key);
        return new RecordedOutcome(new Guid(key), Bytes(100)) { At = Number() };
    }

    private SessionDelta Delta()
    {
        SessionValue[] set = Values();
        string[] removed = [.. Many(Key).Distinct().Except(set.Select(value => value.Key))];
        return new SessionDelta(set, removed, Maybe() ? Outcome() : null);
    }

    private SessionState State() =>
        SessionState.From(Values(), Many(Outcome).Take(SessionState.OutcomesMaximum))
            .WithMarks(Maybe() ? null : new ChangeMarks(Marks(), Seen(), Beginnings()));

    private KeyMark[] Marks() =>
        [.. Many(Key).Distinct().Order(StringComparer.Ordinal).Select(key => new KeyMark(key, Stamp()))];

    private ChangeStamp Stamp() => new(Number(), Number(), Node());

    private SeenChanges Seen() => new(
    [
        .. Many(Stamp).Take(SeenChanges.LinesMaximum).DistinctBy(static line => (line.View, line.Node))
            .Order(Comparer<ChangeStamp>.Create(SeenChanges.Compare)),
    ]);

    private Beginning[] Beginnings() =>
        [.. Many(() => new Beginning(Number(), Number())).Distinct().Order().Take(ChangeMarks.BeginningsMaximum)];

    private ReplicatePayload Payload() =>
        Maybe() ? new ReplicatePayload(Delta(), null) : new ReplicatePayload(null, State());

    private LocationRecord[] Records() => Many(() => new LocationRecord(Session(), Configuration()));

    private BucketDigest[] Digests() =>
    [
        .. Many(() => new BucketDigest(_random.Next(WireLimits.Digests), (ulong)Signed() | 1))
            .DistinctBy(digest => digest.Bucket).OrderBy(digest => digest.Bucket),
    ];

    private View View() => new(
        Number(),
        [.. Many(() => new ViewMember(Member(), Role())).DistinctBy(member => member.Member.Node)],
        Many(Member));
}
