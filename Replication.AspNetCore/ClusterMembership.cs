namespace SessionCluster.Replication.AspNetCore;

/// <summary>How a member of the cluster stands, as far as this process knows.</summary>
public enum ClusterMemberState
{
    /// <summary>It takes part in the present view.</summary>
    Serving,

    /// <summary>It hands over what it holds, takes no more requests, and goes; or it has gone that way.</summary>
    Leaving,

    /// <summary>Its process is proven dead, and the next view will be without it.</summary>
    Dead,
}

/// <summary>
/// What this process, as a member, learns about the others by the cluster's own protocol: usually sooner than by asking
/// them. From the services of <c>AddSessionReplication()</c> and <c>AddSessionReplicationVoter()</c>.
/// </summary>
/// <remarks>A name that is not listed is no member: it has not joined, or the others go on without it.</remarks>
public sealed class ClusterMembership
{
    private readonly Lock _lock = new();
    private Dictionary<string, ClusterMemberState> _members = new(StringComparer.Ordinal);
    private Dictionary<string, long> _incarnations = new(StringComparer.Ordinal);
    private bool _isTelling;
    private bool _hasNews;

    /// <summary>
    /// Raised on a thread of the pool, one call at a time, with every member's state by its name. Of changes that
    /// follow each other quickly only the latest is told. A handler that throws ends the process, as any work of the
    /// pool.
    /// </summary>
    public event Action<IReadOnlyDictionary<string, ClusterMemberState>>? Changed;

    /// <summary>The states at this moment, by name; the dictionary never changes.</summary>
    public IReadOnlyDictionary<string, ClusterMemberState> Current
    {
        get
        {
            lock (_lock)
            {
                return _members;
            }
        }
    }

    /// <summary>Takes note of what the machine reports. Called by the loop, and therefore never waits.</summary>
    internal void Note(ClusterEvent clusterEvent)
    {
        switch (clusterEvent)
        {
            case ViewInstalled installed:
                Follow(installed.View);
                break;
            case MemberLeaving leaving:
                Set(leaving.Peer, ClusterMemberState.Leaving);
                break;
            case MemberStays staying:
                Set(staying.Peer, ClusterMemberState.Serving);
                break;
            case MemberLeft left:
                Set(left.Peer, ClusterMemberState.Leaving);
                break;
            case MemberDied died:
                Set(died.Peer, ClusterMemberState.Dead);
                break;
        }
    }

    private void Follow(View view)
    {
        lock (_lock)
        {
            var members = new Dictionary<string, ClusterMemberState>(StringComparer.Ordinal);
            var incarnations = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (ViewMember member in view.Members)
            {
                string name = member.Member.Node.Name;
                bool isSame = _incarnations.TryGetValue(name, out long known) && known == member.Member.Incarnation;
                members[name] = isSame ? _members[name] : ClusterMemberState.Serving;
                incarnations[name] = member.Member.Incarnation;
            }

            (_members, _incarnations) = (members, incarnations);
            Tell();
        }
    }

    private void Set(Member member, ClusterMemberState state)
    {
        lock (_lock)
        {
            // What is said of a process that is not in the view concerns nobody; view 0 knows no processes yet.
            string name = member.Node.Name;
            bool isMember = _incarnations.TryGetValue(name, out long known)
                && known == member.Incarnation && known != 0;
            if (isMember && _members[name] != state)
            {
                _members = new Dictionary<string, ClusterMemberState>(_members, StringComparer.Ordinal)
                {
                    [name] = state,
                };
                Tell();
            }
        }
    }

    private void Tell()
    {
        _hasNews = true;
        if (!_isTelling)
        {
            _isTelling = true;
            ThreadPool.UnsafeQueueUserWorkItem(static self => self.TellAll(), this, preferLocal: false);
        }
    }

    private void TellAll()
    {
        while (true)
        {
            IReadOnlyDictionary<string, ClusterMemberState> members;
            lock (_lock)
            {
                if (!_hasNews)
                {
                    _isTelling = false;
                    return;
                }

                _hasNews = false;
                members = _members;
            }

            Changed?.Invoke(members);
        }
    }
}
