namespace SessionCluster.Simulation;

/// <summary>
/// The truth about who held what. It overhears every configuration that any message or fact names, so it knows more than
/// any member; from that it tells whether a session could be lost or forgotten.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class ConfigurationLedger(SimulatedCluster cluster)
{
    private readonly Dictionary<SessionId, Entry> _entries = [];
    private readonly HashSet<Member> _ended = [];
    private readonly List<Member> _newestViewIn = [];
    private long _newestView;
    private bool _isSplit;
    private bool _isDivided;

    /// <summary>How often a cluster was founded while members of another one lived.</summary>
    public int SecondFoundings { get; private set; }

    /// <summary>A member's process has ended. Called when it is gone already.</summary>
    public void ProcessEnded(SimulatedProcess ended)
    {
        _ended.Add(ended.Member);
        bool isNewestViewDead = TakeNewestViewIsDead();
        foreach ((SessionId session, Entry entry) in _entries)
        {
            if (entry.LostSince is null && WhyNotLost(session) is null)
            {
                entry.LostSince = cluster.Queue.Now;
            }

            entry.IsForgotten |= isNewestViewDead || (entry.InForce != default && !IsKnownAnywhere(session, entry));
        }
    }

    /// <summary>A member has said farewell: it holds nothing any more, though its process may run on for a while.</summary>
    public void Left(SimulatedProcess process) => ProcessEnded(process);

    /// <summary>Overhears a message.</summary>
    public void MessageSent(SimulatedProcess sender, Message message)
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
            case ViewInstalled { Includes: true } installed:
                NoteView(process, installed.View);
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
        }
    }

    /// <summary>A commit was acknowledged, so its epoch is in force.</summary>
    private void Acknowledged(SessionId session, Epoch epoch)
    {
        Entry entry = EntryOf(session);
        entry.InForce = epoch > entry.InForce ? epoch : entry.InForce;
    }

    /// <summary>A commit was acknowledged under a configuration.</summary>
    public void Acknowledged(SessionId session, Epoch epoch, Placement? placement)
    {
        if (placement is { IsAlive: true } && placement.Primary.Node == epoch.Node)
        {
            Note(session, new Configuration(epoch.Counter, placement));
        }

        Acknowledged(session, epoch);
    }

    /// <summary>Nothing, where the newest configuration may have lost all its holders; else why the session is not lost.</summary>
    public string? WhyNotLost(SessionId session)
    {
        if (!_entries.TryGetValue(session, out Entry? entry))
        {
            return "it was said to be lost, and nobody ever held it";
        }

        foreach (Configuration configuration in entry.Configurations)
        {
            if (configuration.Epoch >= entry.InForce && configuration.Placement.Holders.All(_ended.Contains))
            {
                return null;
            }
        }

        string newest = string.Join(", ", entry.Configurations.Where(made => made.Epoch >= entry.InForce));
        return $"it was said to be lost, but a holder of each newest configuration lives: {newest}";
    }

    /// <summary>
    /// Whether nobody may know any more how the session is: all members that knew its newest configuration have died, as
    /// only more than one fault can bring about, or it was lost so long ago that even that is forgotten.
    /// </summary>
    public bool MayBeForgotten(SessionId session)
    {
        // With sides that serve on their own there is no one history any more; see DividedChecker for what then holds.
        if (_isDivided)
        {
            return true;
        }

        if (_isSplit && !cluster.Options.IsStrict)
        {
            return true;
        }

        if (!_entries.TryGetValue(session, out Entry? entry))
        {
            return false;
        }

        TimeSpan retention = cluster.Options.TombstoneRetention * 0.8;
        return (entry.IsForgotten && !cluster.Options.IsStrict) || (entry.LostSince is { } since && cluster.Queue.Now > since + retention);
    }

    /// <summary>When a backup took the place of a dead primary; that counts as a use.</summary>
    public TimeSpan PromotedAt(SessionId session) =>
        _entries.TryGetValue(session, out Entry? entry) ? entry.PromotedAt : TimeSpan.Zero;

    /// <summary>The configurations that anybody ever named, for a failure's report.</summary>
    public IReadOnlyList<Configuration> ConfigurationsOf(SessionId session) =>
        _entries.TryGetValue(session, out Entry? entry) ? entry.Configurations : [];

    /// <summary>All members are one cluster again; what the clusters did not know of each other may be gone.</summary>
    public void Recovered()
    {
        if (_isSplit)
        {
            _isSplit = false;
            foreach (Entry entry in _entries.Values)
            {
                entry.IsForgotten = true;
            }
        }
    }

    private void NoteView(SimulatedProcess process, View view)
    {
        if (view.Number == 1)
        {
            NoteFounding(process, view);
        }

        if (view.Number > _newestView)
        {
            _newestView = view.Number;
            _newestViewIn.Clear();
        }

        if (view.Number == _newestView)
        {
            _newestViewIn.Add(process.Member);
        }
    }

    /// <summary>Everybody who acted in the newest view is dead, so more than one fault struck at once; see the limits.</summary>
    private bool TakeNewestViewIsDead()
    {
        if (_newestView == 0 || !_newestViewIn.TrueForAll(_ended.Contains))
        {
            return false;
        }

        _newestView = 0;
        return true;
    }

    /// <summary>
    /// Fresh processes that can neither reach nor rule out an older cluster found their own after a while, where they are
    /// a majority of the configuration. So it is decided (see the protocol's limits), and nothing is promised then.
    /// </summary>
    private void NoteFounding(SimulatedProcess founder, View founded)
    {
        foreach (SimulatedProcess other in cluster.Processes)
        {
            View view = other.Machine.View;
            if (other != founder && !founded.Contains(other.Member) && view.Number > 0 && view.Contains(other.Member))
            {
                _isSplit = true;
                SecondFoundings++;
                return;
            }
        }
    }

    private bool IsKnownAnywhere(SessionId session, Entry entry)
    {
        foreach (SimulatedProcess process in cluster.Processes)
        {
            if (Knows(process, session, entry))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a member of the cluster has recorded the configuration that is in force, or a newer one.</summary>
    private static bool Knows(SimulatedProcess process, SessionId session, Entry entry)
    {
        ReplicationNode machine = process.Machine;
        return machine.View.Number > 0
            && machine.View.Contains(process.Member)
            && machine.ConfigurationOf(session) is { Counter: > 0 } recorded
            && (!recorded.Placement.IsAlive || recorded.Epoch >= entry.InForce);
    }

    private void NoteAll(IReadOnlyList<LocationRecord> records)
    {
        foreach (LocationRecord record in records)
        {
            Note(record.Session, record.Configuration);
        }
    }

    private void InForce(SessionId session, Configuration configuration)
    {
        Note(session, configuration);
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

    private Entry EntryOf(SessionId session)
    {
        if (!_entries.TryGetValue(session, out Entry? entry))
        {
            entry = new Entry();
            _entries.Add(session, entry);
        }

        return entry;
    }

    private sealed class Entry
    {
        public List<Configuration> Configurations { get; } = [];

        public Epoch InForce { get; set; }

        public TimeSpan PromotedAt { get; set; }

        public TimeSpan? LostSince { get; set; }

        public bool IsForgotten { get; set; }
    }
}
