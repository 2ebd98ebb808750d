using SessionCluster.Replication.Sessions;

namespace SessionCluster.Simulation;

/// <summary>
/// What one seed does: first a phase in which faults strike and only safety is asked for; then all is healed, and the
/// cluster must recover in bounded time, answer every request, and have lost nothing.
/// </summary>
internal sealed class SeedRun
{
    /// <summary>Where sessions expire within a run, they do so after so long at least.</summary>
    internal static readonly TimeSpan ShortestIdleTimeout = TimeSpan.FromSeconds(8);

    /// <summary>And after so long at most.</summary>
    internal static readonly TimeSpan LongestIdleTimeout = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan InspectionInterval = TimeSpan.FromSeconds(1);

    /// <summary>In what time after its end nothing at all is left of a session (I8).</summary>
    private static readonly TimeSpan ForgottenWithin = TimeSpan.FromSeconds(140);

    /// <summary>How many seeds wait for that: for most of it nothing happens.</summary>
    private const double PatientShare = 0.03;

    /// <summary>
    /// How many of the seeds in which faults come one at a time have members that lose something in their memory.
    /// </summary>
    private const double FlawedShare = 0.3;

    /// <summary>In how many seeds frames are damaged and forged.</summary>
    private const double ForgedShare = 0.15;

    /// <summary>In how many seeds messages of a broken connection may come once more.</summary>
    private const double EchoShare = 0.25;

    /// <summary>
    /// In how many seeds with a quorum's promises an end is forgotten before who has been away is back. A connection must
    /// not keep a message for so long then, as ours does not.
    /// </summary>
    private const double ForgetfulShare = 0.2;

    /// <summary>In how many seeds of the profiles that need not have it clocks run wrong by a tenth.</summary>
    private const double DriftingShare = 0.2;

    private readonly SeededRandom _plan;
    private readonly FaultInjector _faults;
    private readonly TimeSpan _safetyPhase;
    private readonly WorkloadProfile _workload;
    private readonly SimulatedBalancer _balancer;
    private readonly List<SimulatedClient> _clients = [];
    private readonly SeededRandom _clientRandom;
    private readonly bool _isOneAtATime;

    public SeedRun(ulong seed, SwarmProfile profile, int nodes = 0, TraceDetail detail = TraceDetail.Latest)
    {
        Seed = seed;
        Profile = profile;
        GivenNodes = nodes;
        _isOneAtATime = profile is SwarmProfile.SingleKills or SwarmProfile.Single or SwarmProfile.AvailableKills;
        _plan = SeededRandom.For(seed, "plan");
        _clientRandom = SeededRandom.For(seed, "workload");
        _workload = WorkloadProfile.Draw(_clientRandom);
        SeededRandom exclusions = SeededRandom.For(seed, "exclusions");
        _workload = exclusions.Chance(0.25) ? _workload.WithExclusions(exclusions) : _workload;
        bool isHurried = profile is SwarmProfile.Brief or SwarmProfile.Changes;
        _workload = isHurried ? _workload.InHurry(SeededRandom.For(seed, "hurry")) : _workload;
        bool expires = _plan.Chance(0.2);
        _workload = expires ? _workload with { LongRests = 0.2 } : _workload;
        ClusterOptions options = WithDrawnTimes(DrawCluster(seed, profile, expires, nodes));
        SliceOptions slices = _workload.IsCrowded ? options.Slices.ForOneBucket(options.Network) : options.Slices;
        slices = options.PartitionPolicy == PartitionPolicy.Available ? slices.ForReunions(options.Network) : slices;
        Cluster = new SimulatedCluster(options with { Detail = detail, Slices = slices }, starts: false);
        if (Cluster.Options.PartitionPolicy == PartitionPolicy.Available)
        {
            Cluster.Divided = new DividedChecker(Cluster, mayLose: profile != SwarmProfile.Divided);
        }

        FaultProfile faults = DrawFaults(profile);

        // What comes twice may fit an older copy that a fault has put there, which is one fault too many.
        bool hasFlaws = _isOneAtATime && !Cluster.Options.Network.HasEchoes
            && SeededRandom.For(seed, "flaws").Chance(FlawedShare);
        faults = hasFlaws ? MemoryFaults.AddTo(faults) : faults;
        _faults = new FaultInjector(Cluster, faults, SeededRandom.For(seed, "faults"))
        {
            LetClientsAct = mayAct => _clients.ForEach(client => client.IsActive = mayAct),
        };
        _safetyPhase = _plan.Spread(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(isHurried ? 60 : 180));
        _balancer = new SimulatedBalancer(Cluster, _clientRandom);
        SeededRandom forgeries = SeededRandom.For(seed, "forgeries");

        // A connection that breaks before two comparisons are over puts the repair off: that would be a fault beside it.
        bool isForged = forgeries.Chance(ForgedShare) && !hasFlaws;
        Cluster.Network.Forger = isForged ? new Forger(Cluster, forgeries, _safetyPhase) : null;
    }

    public ulong Seed { get; }

    public SwarmProfile Profile { get; }

    /// <summary>How many nodes were asked for; 0 where the seed has chosen.</summary>
    public int GivenNodes { get; }

    public SimulatedCluster Cluster { get; }

    /// <summary>How long the cluster took to recover in the end.</summary>
    public TimeSpan Convergence { get; private set; }

    public int Faults => _faults.Struck;

    /// <summary>How many sessions there were when the faults ended.</summary>
    public int Sessions { get; private set; }

    /// <summary>Of how many of them nobody may have known any more how they were.</summary>
    public int Excused { get; private set; }

    /// <summary>Runs all phases.</summary>
    /// <exception cref="SimulationFailedException">A promise was broken.</exception>
    public void Run()
    {
        StartNodes();
        Inspect();
        for (int number = 1; number <= _workload.Clients; number++)
        {
            _clients.Add(new SimulatedClient(Cluster, _balancer, _workload, _clientRandom, number));
        }

        _faults.Begin();
        Cluster.Run(_safetyPhase);

        _faults.Stop(restartsAll: _plan.Chance(0.5));
        TimeSpan healed = Cluster.Queue.Now;
        Cluster.Run(Cluster.Options.ClientsFinish);
        _clients.ForEach(static client => client.IsActive = false);
        Cluster.Run(Cluster.Options.ClientsFinish);
        Cluster.Settle(Cluster.Options.ConvergenceLimit);
        Convergence = Cluster.Queue.Now - healed;

        CheckThatNothingIsLeft();
        Cluster.Divided?.CheckAtTheEnd();
        new LastQuestions(Cluster, _plan).AskAll();
        Cluster.Settle(Cluster.Options.ConvergenceLimit);
        if (Profile == SwarmProfile.SingleKills && Cluster.Options.IdleTimeout > ForgottenWithin
            && SeededRandom.For(Seed, "patience").Chance(PatientShare))
        {
            CheckThatEndsAreForgotten();
        }
    }

    private static ClusterOptions DrawCluster(ulong seed, SwarmProfile profile, bool expires, int nodes)
    {
        SeededRandom random = SeededRandom.For(seed, "cluster");
        int drawn = random.Between(2, 7);
        PartitionPolicy policy = profile > SwarmProfile.Full ? PartitionPolicy.Available : PartitionPolicy.Majority;
        SeededRandom memory = SeededRandom.For(seed, "memory of ends");
        bool isForgetful = policy == PartitionPolicy.Majority && memory.Chance(ForgetfulShare);
        return new ClusterOptions
        {
            Seed = seed,
            Nodes = nodes > 0 ? nodes : drawn,
            HasVoter = random.Chance(0.5),
            Backups = random.Chance(0.8) ? 1 : random.Chance(0.7) ? 2 : ReplicationSettings.AllOthers,
            IdleTimeout = expires
                ? random.Between(ShortestIdleTimeout, LongestIdleTimeout)
                : TimeSpan.FromMinutes(20),
            DriftPerMillionMaximum = profile is SwarmProfile.Full or SwarmProfile.Single && random.Chance(0.5)
                || SeededRandom.For(seed, "drift").Chance(DriftingShare) ? 100_000 : 100,
            Network = DrawNetwork(seed, profile, random, isForgetful),
            IsStrict = profile is SwarmProfile.SingleKills or SwarmProfile.Single or SwarmProfile.AvailableKills,
            PartitionPolicy = policy,
            TombstoneRetention = isForgetful
                ? memory.Spread(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30))
                : TimeSpan.FromMinutes(2),
            Slices = SliceOptions.Draw(SeededRandom.For(seed, "slices")),
        };
    }

    private static ClusterOptions WithDrawnTimes(ClusterOptions options)
    {
        DrawnTimes times = DrawnTimes.Of(options.Seed, options.Network);
        return options with
        {
            HeartbeatInterval = times.HeartbeatInterval,
            SuspectAfter = times.SuspectAfter,
            HolderPatience = times.HolderPatience,
            CommitTimeout = times.CommitTimeout,
            Others = DrawnOthers.Of(options, times),
        };
    }

    private static NetworkProfile DrawNetwork(ulong seed, SwarmProfile profile, SeededRandom random, bool isForgetful)
    {
        NetworkProfile drawn =
            profile == SwarmProfile.Changes ? NetworkProfile.DrawSlow(random) : NetworkProfile.Draw(random);
        return drawn with
        {
            BreaksAfter = isForgetful ? TimeSpan.FromSeconds(3) : drawn.BreaksAfter,
            HasEchoes = SeededRandom.For(seed, "echoes").Chance(EchoShare),
        };
    }

    private FaultProfile DrawFaults(SwarmProfile profile) => profile switch
    {
        SwarmProfile.Divided => DivisionFaults.DrawCuts(_plan),
        SwarmProfile.SingleKills or SwarmProfile.AvailableKills => FaultProfile.SingleKills,
        SwarmProfile.Single => FaultProfile.Single,
        SwarmProfile.Kills => FaultProfile.Kills,
        SwarmProfile.Brief => FaultProfile.DrawBrief(_plan),
        SwarmProfile.Changes => FaultProfile.DrawChanges(_plan),
        SwarmProfile.DividedFull => FaultProfile.DrawAny(_plan) with { CutsLeft = DivisionFaults.CutsLeft },
        _ => FaultProfile.DrawAny(_plan),
    };

    /// <summary>Some clusters start in one moment, some node by node, and sometimes a node joins late.</summary>
    private void StartNodes()
    {
        bool isAtOnce = _plan.Chance(0.5);
        TimeSpan latest = isAtOnce ? TimeSpan.FromMilliseconds(5) : TimeSpan.FromSeconds(3);
        foreach (SimulatedNode node in Cluster.Nodes)
        {
            bool isLate = node.Host > 1 && _plan.Chance(0.1) && !_isOneAtATime;
            TimeSpan when = isLate ? _plan.Between(TimeSpan.Zero, _safetyPhase) : _plan.Between(TimeSpan.Zero, latest);
            Cluster.Queue.At(when, () =>
            {
                if (!node.IsUp)
                {
                    Cluster.Start(node);
                }
            });
        }
    }

    private void Inspect()
    {
        Cluster.Inspect();
        Cluster.Queue.After(InspectionInterval, Inspect);
    }

    private void CheckThatEndsAreForgotten()
    {
        Cluster.Run(ForgottenWithin);
        foreach (SimulatedProcess process in Cluster.Processes)
        {
            foreach ((SessionId session, Location location) in process.Machine.Inspection.Map.All())
            {
                if (location.Placement is { IsAlive: false, IsLost: false })
                {
                    throw new SimulationFailedException(
                        $"{process.Member} remembers the end of {Cluster.NameOf(session)} for longer than {ForgottenWithin}");
                }
            }
        }
    }

    private void CheckThatNothingIsLeft()
    {
        foreach (SessionHistory session in Cluster.History.Sessions)
        {
            Sessions++;
            Excused += Cluster.Ledger.MayBeForgotten(session.Id) ? 1 : 0;
            if (session.WhyStillHeld(Cluster) is { } reason)
            {
                throw new SimulationFailedException($"session {session.Name}: {reason}");
            }
        }

        if (Cluster.Rules?.Counts.WhyNotReported() is { } unreported)
        {
            throw new SimulationFailedException(unreported);
        }
    }
}
