using SessionCluster.Replication.Membership;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// Has configurations recorded by a quorum of the view. All that one step wants recorded, and the steps that follow it
/// at once, travels in one batch. A batch belongs to its view: when the view changes, whoever wanted the record looks
/// at the map that the view began with.
/// </summary>
internal sealed class Recorder(NodeContext context)
{
    private readonly List<LocationRecord> _gathered = [];
    private readonly List<RecordBatch> _batches = [];
    private long _numbers;

    /// <summary>Called once for each record that a quorum has.</summary>
    public required Action<SessionId, Configuration> Effective { get; init; }

    /// <summary>
    /// Wants a configuration recorded. A member that has promised the next view records nothing more in this one; the
    /// wish is then renewed when the view is there.
    /// </summary>
    public void Add(SessionId session, Configuration configuration)
    {
        if (!context.Settings.Replicates || (context.Views.IsServing && !context.Views.IsSealed))
        {
            context.Map.Record(session, configuration);
            _gathered.Add(new LocationRecord(session, configuration));
        }
    }

    /// <summary>Sends what was gathered.</summary>
    public void Flush()
    {
        while (_gathered.Count > 0)
        {
            int count = Math.Min(_gathered.Count, context.Settings.RecordsInBatch);
            List<LocationRecord> records = _gathered.GetRange(0, count);
            _gathered.RemoveRange(0, count);
            var batch = new RecordBatch(++_numbers, records, context.Now);
            batch.Vote(context.Self);
            if (context.Settings.Replicates)
            {
                _batches.Add(batch);
                Send(batch);
            }

            Decide(batch);
            RemoveIfDone(batch);
        }
    }

    public void Receive(Member from, LocationsRecorded recorded)
    {
        // What waits for long stands before what is answered now.
        RecordBatch? batch = _batches.FindLast(candidate => candidate.Number == recorded.Batch);
        if (batch is not null && recorded.View == context.Views.Current.Number && batch.Vote(from))
        {
            Decide(batch);
            RemoveIfDone(batch);
        }
    }

    /// <summary>How many batches are kept, as a quorum or a member that is heard has not acknowledged them.</summary>
    public int Kept => _batches.Count;

    /// <summary>Whether anything is to be recorded, or to be told to somebody.</summary>
    public bool IsBusy => _batches.Count > 0 || _gathered.Count > 0;

    /// <summary>Whether a record of a session has not reached its quorum yet.</summary>
    public bool IsUnderWay(SessionId session) =>
        _gathered.Exists(record => record.Session == session)
        || _batches.Exists(batch => !batch.IsEffective && batch.Records.Exists(record => record.Session == session));

    /// <summary>What no quorum has yet.</summary>
    public IEnumerable<LocationRecord> Unconfirmed =>
        _batches.Where(static batch => !batch.IsEffective).SelectMany(static batch => batch.Records).Concat(_gathered);

    /// <summary>Whether a batch has not reached its quorum yet.</summary>
    public bool IsUnderWay(long batch) =>
        _batches.Exists(candidate => candidate.Number == batch && !candidate.IsEffective);

    /// <summary>Repeats what a member has not acknowledged; it may have been lost with a connection.</summary>
    public void Tick()
    {
        foreach (RecordBatch batch in _batches.ToArray())
        {
            Decide(batch);
            if (context.Now - batch.SentAt >= context.Settings.HeartbeatInterval && !batch.IsDone)
            {
                batch.SentAt = context.Now;
                Send(batch);
            }
        }

        _batches.RemoveAll(static batch => batch.IsDone);
    }

    public void ViewChanged()
    {
        _batches.Clear();
        _gathered.Clear();
    }

    private void Send(RecordBatch batch)
    {
        var message = new RecordLocations(context.Views.Current.Number, batch.Number, batch.Records);
        foreach (ViewMember member in context.Views.Current.Span)
        {
            if (!batch.HasVoted(member.Member))
            {
                context.Send(member.Member, message);
            }
        }
    }

    /// <summary>
    /// Whether nobody has to be told any more. Where a quorum has it, that is who has voted, and also who is gone, or
    /// away: one way may be cut for very long, and what has been recorded since would have to be kept. Who comes back
    /// gets it by the comparison of maps.
    /// </summary>
    private bool IsDone(View view, RecordBatch batch)
    {
        foreach (ref readonly ViewMember member in view.Span)
        {
            bool isLeftOut = batch.IsEffective
                && (context.Peers.IsGone(member.Member) || context.Peers.IsAway(member.Member, context.Now));
            if (!isLeftOut && !batch.HasVoted(member.Member))
            {
                return false;
            }
        }

        return true;
    }

    private void Decide(RecordBatch batch)
    {
        View view = context.Views.Current;
        if (!batch.IsEffective
            && (!context.Settings.Replicates || Quorum.HasDecided(view, batch.HasVoted, context.Peers, context.Now)))
        {
            batch.IsEffective = true;
            foreach (LocationRecord record in batch.Records)
            {
                Effective(record.Session, record.Configuration);
            }
        }

        batch.IsDone = IsDone(view, batch);
    }

    private void RemoveIfDone(RecordBatch batch)
    {
        if (batch.IsDone && _batches.LastIndexOf(batch) is >= 0 and int index)
        {
            _batches.RemoveAt(index);
        }
    }
}

/// <summary>Records that travel together, and who has them.</summary>
internal sealed class RecordBatch
{
    /// <summary>A view has so few members that looking through them is quicker than a set.</summary>
    private readonly List<Member> _votes = [];

    public RecordBatch(long number, List<LocationRecord> records, Instant sentAt)
    {
        Number = number;
        Records = records;
        SentAt = sentAt;
        HasVoted = _votes.Contains;
    }

    public long Number { get; }

    public List<LocationRecord> Records { get; }

    public Func<Member, bool> HasVoted { get; }

    public Instant SentAt { get; set; }

    /// <summary>Whether a quorum has it.</summary>
    public bool IsEffective { get; set; }

    /// <summary>Whether nobody has to be told any more.</summary>
    public bool IsDone { get; set; }

    /// <returns>Whether it is the first vote of this member.</returns>
    public bool Vote(Member member)
    {
        if (_votes.Contains(member))
        {
            return false;
        }

        _votes.Add(member);
        return true;
    }
}
