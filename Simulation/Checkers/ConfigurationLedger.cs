namespace SessionCluster.Simulation;

/// <summary>
/// The truth about who held what. It overhears every configuration that any message or fact names, so it knows more
/// than any member; from that it tells whether a session could be lost or forgotten.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class ConfigurationLedger(SimulatedCluster cluster)
{
    private readonly Dictionary<SessionId, KnownSession> _entries = [];
    private readonly LivingMemory _memory = new(cluster);
    private bool _isDivided;

    /// <summary>What is known of the views.</summary>
    public ViewLedger Views { get; } = new(cluster);

    /// <summary>A member's process has ended. Called when it is gone already.</summary>
    public void ProcessEnded(SimulatedProcess ended)
    {
        _memory.Ended(ended.Member);
        bool isNewestViewDead = Views.TakeNewestIsDead(_memory.AllEnded);
        foreach ((SessionId session, KnownSession entry) in _entries)
        {
            if (entry.LostSince is null && WhyNotLost(session) is null)
            {
                entry.LostSince = cluster.Queue.Now;
            }

            entry.IsForgotten |= isNewestViewDead || (entry.InForce != default && !_memory.Knows(session, entry.InForce))
                || (entry.HasEnded && !_memory.KnowsEnd(session));
        }
    }

    /// <summary>
    /// A member has said farewell: it holds nothing any more, though its process may run on for a while.
    /// </summary>
    public void Left(SimulatedProcess process) => ProcessEnded(process);

    /// <summary>Overhears a message.</summary>
    public void MessageSent(Message message)
    {
        switch (message)
        {
            case Heartbeat or HeartbeatAcknowledged:
                break;
            case Replicate { Configuration: { } configuration } replicate:
                Note(replicate.Session, configuration);
                break;
            case RecordLocations records:
                NoteAll(records.Records);
                break;
            case MapPage page:
                NoteAll(page.Records);
                break;
            case HandOver handOver:
                Note(handOver.Session, handOver.Current);
                Note(handOver.Session, handOver.Next);
                break;
        }
    }

    /// <summary>A member reports a fact: the configuration is in force.</summary>
    public void Reported(SimulatedProcess process, ClusterEvent happened)
    {
        switch (happened)
        {
            case ViewInstalled installed:
                NoteView(process, installed);
                break;
            case SidesDivided or SessionBegunAnew:
                _isDivided = true;
                break;
            case SessionPlaced placed:
                InForce(placed.Session, placed.Configuration);
                break;
            case SessionPromoted promoted:
                EntryOf(promoted.Session).PromotedAt = cluster.Queue.Now;
                InForce(promoted.Session, promoted.Configuration);
                break;
            case SessionTakenOver taken:
                InForce(taken.Session, taken.Configuration);
                break;
            case Drained { Unprotected: > 0 } drained when cluster.Options.IsStrict && HasHeir(process):
                throw new SimulationFailedException(
                    $"{process.Member} has left {drained.Unprotected} sessions behind although others could hold them");
            case SessionEnded ended:
                EntryOf(ended.Session).HasEnded = true;
                break;
        }
    }

    /// <summary>Who leads a session says under what: a view may have begun with that.</summary>
    public void Says(SimulatedProcess by, Stale stale)
    {
        if (by.Machine.Inspection.CopyOf(stale.Session) is { IsPrimary: true, IsEffective: true } lead
            && lead.Configuration == stale.Configuration && lead.Configuration.Epoch.Node == by.Node.Id)
        {
            InForce(stale.Session, stale.Configuration);
        }
    }

    /// <summary>A commit was acknowledged, so its epoch is in force.</summary>
    private void Acknowledged(SessionId session, Epoch epoch)
    {
        KnownSession entry = EntryOf(session);
        entry.InForce = epoch > entry.InForce ? epoch : entry.InForce;
        if (entry.LostSince is not null && WhyNotLost(session) is not null)
        {
            // Whose holders are all dead was wanted only, and is succeeded now.
            entry.LostSince = null;
        }
    }

    /// <summary>A commit was acknowledged under a configuration.</summary>
    public void Acknowledged(SessionId session, Epoch epoch, Placement? placement)
    {
        if (placement is { IsAlive: true } && placement.Primary.Node == epoch.Node)
        {
            // Who has forwarded the commit may know the holders of before.
            var configuration = new Configuration(epoch.Counter, placement);
            Note(session, configuration);
            KnownSession entry = EntryOf(session);
            entry.Newest = epoch > entry.Newest.Epoch ? configuration : entry.Newest;
        }

        Acknowledged(session, epoch);
    }

    /// <summary>
    /// Nothing, where the newest configuration may have lost all its holders; else why the session is not lost.
    /// </summary>
    public string? WhyNotLost(SessionId session)
    {
        if (!_entries.TryGetValue(session, out KnownSession? entry))
        {
            return "it was said to be lost, and nobody ever held it";
        }

        foreach (Configuration configuration in entry.Configurations)
        {
            if (configuration.Epoch >= entry.InForce && _memory.HaveAllEnded(configuration.Placement))
            {
                return null;
            }
        }

        string newest = string.Join(", ", entry.Configurations.Where(made => made.Epoch >= entry.InForce));
        return $"it was said to be lost, but a holder of each newest configuration lives: {newest}";
    }

    /// <summary>
    /// Whether nobody may know any more how the session is: all members that knew its newest configuration have died,
    /// as only more than one fault can bring about, or it was lost so long ago that even that is forgotten.
    /// </summary>
    public bool MayBeForgotten(SessionId session)
    {
        // With sides that serve on their own there is no one history any more; see DividedChecker for what then holds.
        if (_isDivided || (Views.IsSplit && !cluster.Options.IsStrict))
        {
            return true;
        }

        if (!_entries.TryGetValue(session, out KnownSession? entry))
        {
            return false;
        }

        return (entry.IsForgotten && !cluster.Options.IsStrict)
            || (entry.LostSince is { } since && cluster.Queue.Now > since + (cluster.Options.TombstoneRetention * 0.8));
    }

    /// <summary>Whether somebody who lives has recorded that a session was removed.</summary>
    public bool IsEndKnown(SessionId session) => _memory.HasRecordedRemoval(session);

    /// <summary>Whether nobody who lives may know how a session is.</summary>
    public bool IsForgotten(SessionId session) =>
        _entries.TryGetValue(session, out KnownSession? entry) && entry.IsForgotten;

    /// <summary>What is known of a session, for whoever finds that all who live know it again.</summary>
    public KnownSession Of(SessionId session) => EntryOf(session);

    /// <summary>
    /// Whether a process holds a session under the newest configuration that is known to be in force.
    /// </summary>
    public bool IsHolderInForce(SessionId session, Member member)
    {
        if (!_entries.TryGetValue(session, out KnownSession? entry))
        {
            return false;
        }

        foreach (Configuration configuration in entry.Configurations)
        {
            if (configuration.Epoch == entry.InForce && configuration.Placement.Contains(member))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The newest configuration that is known to be in force, with its holders.</summary>
    public Configuration NewestOf(SessionId session) =>
        _entries.TryGetValue(session, out KnownSession? entry) && entry.Newest.Epoch == entry.InForce ? entry.Newest : default;

    /// <summary>The newest configuration that is known to be in force.</summary>
    public Epoch InForce(SessionId session) =>
        _entries.TryGetValue(session, out KnownSession? entry) ? entry.InForce : default;

    /// <summary>When a backup took the place of a dead primary; that counts as a use.</summary>
    public TimeSpan PromotedAt(SessionId session) =>
        _entries.TryGetValue(session, out KnownSession? entry) ? entry.PromotedAt : TimeSpan.Zero;

    /// <summary>All members are one cluster again; what the clusters did not know of each other may be gone.</summary>
    public void Recovered()
    {
        if (Views.IsSplit)
        {
            Views.IsSplit = false;
            foreach (KnownSession entry in _entries.Values)
            {
                entry.IsForgotten = true;
            }
        }
    }

    private void NoteView(SimulatedProcess process, ViewInstalled installed)
    {
        Views.Note(process, installed.View, installed.Includes);
        if (!Views.TakeNewestIsDead(_memory.AllEnded))
        {
            return;
        }

        foreach (KnownSession entry in _entries.Values)
        {
            entry.IsForgotten = true;
        }
    }

    private bool HasHeir(SimulatedProcess leaving) => cluster.Processes.Any(process =>
        process != leaving && process is { Role: MemberRole.Node, IsPaused: false, Machine.IsReady: true });

    private void NoteAll(IReadOnlyList<LocationRecord> records)
    {
        for (int index = 0; index < records.Count; index++)
        {
            Note(records[index].Session, records[index].Configuration);
        }
    }

    private void InForce(SessionId session, Configuration configuration)
    {
        Note(session, configuration);
        KnownSession entry = EntryOf(session);
        entry.Newest = configuration.Epoch >= entry.InForce ? configuration : entry.Newest;
        Acknowledged(session, configuration.Epoch);
    }

    private void Note(SessionId session, Configuration configuration)
    {
        if (!configuration.Placement.IsAlive)
        {
            return;
        }

        List<Configuration> known = EntryOf(session).Configurations;
        for (int index = known.Count - 1; index >= 0; index--)
        {
            if (known[index] == configuration)
            {
                return;
            }
        }

        known.Add(configuration);
    }

    private KnownSession EntryOf(SessionId session)
    {
        if (!_entries.TryGetValue(session, out KnownSession? entry))
        {
            entry = new KnownSession();
            _entries.Add(session, entry);
        }

        return entry;
    }
}
