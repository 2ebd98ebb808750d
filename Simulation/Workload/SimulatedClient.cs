namespace SessionCluster.Simulation;

/// <summary>
/// A browser: it keeps one session, asks again and again, moves on when a node fails it, and begins anew when its
/// session is gone.
/// </summary>
internal sealed class SimulatedClient
{
    private const double EndsAgain = 0.5;

    private static readonly TimeSpan ThinkAtLeast = TimeSpan.FromMilliseconds(5);

    private readonly SimulatedCluster _cluster;
    private readonly SimulatedBalancer _balancer;
    private readonly WorkloadProfile _profile;
    private readonly SeededRandom _random;
    private readonly int _number;
    private readonly Action _act;
    private readonly Action<Visit> _ended;
    private int _sessions;
    private int _running;
    private bool _wantsEnd;

    public SimulatedClient(
        SimulatedCluster cluster, SimulatedBalancer balancer, WorkloadProfile profile, SeededRandom random, int number)
    {
        _cluster = cluster;
        _balancer = balancer;
        _profile = profile;
        _random = random;
        _number = number;
        _act = Act;
        _ended = Ended;
        Think();
    }

    /// <summary>Whether new requests are made.</summary>
    public bool IsActive { get; set; } = true;

    /// <summary>Whether no request is under way.</summary>
    public bool IsIdle => _running == 0;

    /// <summary>The session whose cookie the client has.</summary>
    public SessionHistory? Session { get; private set; }

    /// <summary>Where the session was at the latest answer.</summary>
    public Placement? KnownPlacement { get; private set; }

    public void Ended(Visit visit)
    {
        _running--;
        if (visit.Session != Session)
        {
            return;
        }

        KnownPlacement = visit.Placement ?? KnownPlacement;

        // Whoever wants to leave and is told that it cannot be done now tries that again.
        _wantsEnd = visit is { Kind: VisitKind.Remove, FoundNothing: false };
        if (visit.FoundNothing)
        {
            Session = null;
            KnownPlacement = null;
        }
    }

    private void Think()
    {
        bool restsLong = _random.Chance(_profile.LongRests);
        TimeSpan pause = restsLong
            ? _cluster.Options.IdleTimeout * (0.7 + _random.Fraction())
            : _random.Spread(ThinkAtLeast, _profile.ThinkAtMost);
        _cluster.Queue.After(pause, _act);
    }

    private void Act()
    {
        if (IsActive)
        {
            int wanted = _random.Between(1, _profile.ConcurrentAtMost);
            for (int count = 0; count < wanted && _running < _profile.ConcurrentAtMost; count++)
            {
                Request();
            }
        }

        Think();
    }

    private void Request()
    {
        bool creates = Session is null;
        Session ??= NewSession();
        VisitKind kind = creates ? VisitKind.Create
            : _wantsEnd && _random.Chance(EndsAgain) ? VisitKind.Remove
            : _random.Chance(_profile.Reads) ? VisitKind.Read
            : _random.Chance(_profile.Removals) ? VisitKind.Remove
            : _profile.Exclusive > 0 && _random.Chance(_profile.Exclusive) ? VisitKind.Raise
            : VisitKind.Write;
        _running++;
        var visit = new Visit(_cluster, _balancer, _profile, _random, Session, kind);
        visit.Begin(_balancer.Choose(KnownPlacement, _profile.Strays), _ended);
    }

    private SessionHistory NewSession()
    {
        Span<byte> bytes = stackalloc byte[SessionId.Length];
        for (int part = 0; part < SessionId.Length; part += sizeof(ulong))
        {
            BitConverter.TryWriteBytes(bytes[part..], _random.Next());
        }

        if (_profile.IsCrowded)
        {
            // Many are in one bucket of the map, as where there are very many sessions.
            bytes[..1].Clear();
            bytes[1] &= 0x3F;
        }

        return _cluster.History.Begin(new SessionId(bytes), $"s{_number}-{++_sessions}");
    }
}
