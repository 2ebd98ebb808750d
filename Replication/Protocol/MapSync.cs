using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>Copies the differing part of another member's location map, bucket by bucket, in bounded pages.</summary>
internal sealed class MapSync(NodeContext context)
{
    private readonly List<MapPull> _pulls = [];
    private long _requests;

    public bool IsBusy => _pulls.Count > 0;

    /// <summary>Called for each record that was taken while the view is in force, so that its copy follows.</summary>
    public Action<LocationRecord>? Recorded { get; set; }

    /// <summary>
    /// Called for each record that was news where a bucket became what the other has; and with what was recorded before.
    /// </summary>
    public Action<LocationRecord, Configuration>? Replaced { get; set; }

    /// <summary>
    /// Copies the buckets that differ from <paramref name="digests"/>; none without replication, where each member
    /// knows its own sessions only.
    /// </summary>
    /// <param name="from">Whose digests they are.</param>
    /// <param name="digests">The digests.</param>
    /// <param name="mode">Whether the other's map is the truth.</param>
    /// <param name="completed">Called once, at once where nothing differs.</param>
    public void Pull(Member from, IReadOnlyList<BucketDigest> digests, PullMode mode, Action<PullResult> completed) =>
        Pull(from, context.Settings.Replicates ? context.Map.Differing(digests) : [], mode, completed);

    /// <summary>Copies these buckets.</summary>
    /// <param name="from">From whom.</param>
    /// <param name="buckets">Their numbers.</param>
    /// <param name="mode">Whether the other's map is the truth.</param>
    /// <param name="completed">Called once, at once where there are none.</param>
    public void Pull(Member from, List<int> buckets, PullMode mode, Action<PullResult> completed)
    {
        if (buckets.Count == 0)
        {
            completed(new PullResult(IsComplete: true, Taken: 0, Grown: []));
            return;
        }

        var pull = new MapPull(++_requests, from, mode, completed, context.Now);
        pull.Add(buckets);
        _pulls.Add(pull);
        AskMore(pull);
    }

    public void Receive(Member from, MapPageRequest request)
    {
        NotePage(from);
        List<SessionId> sessions = context.Map.SessionsOf(request.Bucket);
        int start = request.After == default ? 0 : ~sessions.BinarySearch(request.After);
        start = start < 0 ? ~start + 1 : start;
        var records = new List<LocationRecord>();
        int index = start;
        for (; index < sessions.Count && records.Count < context.Settings.RecordsAtOnce; index++)
        {
            if (context.Map.TryGet(sessions[index], out Location location) && location.IsRecorded)
            {
                records.Add(new LocationRecord(sessions[index], location.Configuration));
            }
        }

        context.Send(from, new MapPage(request.Request, request.Bucket, records, index >= sessions.Count));
    }

    public void Receive(Member from, MapPage page)
    {
        MapPull? pull = _pulls.Find(candidate => candidate.Request == page.Request && candidate.From == from);
        if (pull is null || !pull.TryTake(page))
        {
            return;
        }

        NotePage(from);
        pull.LastProgress = context.Now;
        if (pull.Gather(page) is { } records)
        {
            Apply(pull, page.Bucket, records);
        }
        else if (page.Records.Count > 0)
        {
            Ask(pull, page.Bucket, page.Records[^1].Session);
        }

        AskMore(pull);
        FinishIfDone(pull);
    }

    /// <summary>A pull whose source is gone or silent fails; whoever began it decides what to do.</summary>
    public void Tick()
    {
        foreach (MapPull pull in _pulls.ToArray())
        {
            if (!context.Peers.IsLinked(pull.From) || context.Now - pull.LastProgress > context.Settings.SuspectAfter)
            {
                End(pull, isComplete: false);
            }
        }
    }

    /// <summary>Forgets all pulls without telling anybody; what began them is over.</summary>
    public void Clear() => _pulls.Clear();

    private void NotePage(Member with)
    {
        if (context.Peers.Find(with.Node) is { } peer)
        {
            peer.PageAt = context.Now;
        }
    }

    private void AskMore(MapPull pull)
    {
        while (pull.Outstanding < context.Settings.PagesAtOnce && pull.TryTakeBucket(out int bucket))
        {
            Ask(pull, bucket, after: default);
        }
    }

    private void Ask(MapPull pull, int bucket, SessionId after)
    {
        pull.Ask(bucket, after);
        context.Send(pull.From, new MapPageRequest(pull.Request, bucket, after));
    }

    private void Apply(MapPull pull, int bucket, List<LocationRecord> records)
    {
        if (pull.Mode == PullMode.Replace)
        {
            ReplaceBucket(bucket, records);
            return;
        }

        foreach (LocationRecord record in records)
        {
            bool isRecorded = context.Map.TryGet(record.Session, out Location location) && location.IsRecorded;
            if (IsNews(pull.Mode, record) && context.Map.RecordIfNewer(record.Session, record.Configuration))
            {
                pull.Taken++;
                if (!isRecorded)
                {
                    pull.Grown.Add(bucket);
                }

                Recorded?.Invoke(record);
            }
        }
    }

    /// <summary>
    /// Who has forgotten that a session is gone need not be reminded. But one that has begun only now has never known
    /// which are lost, and a view that began without that would call them new.
    /// </summary>
    private bool IsNews(PullMode mode, LocationRecord record) =>
        record.Configuration.Placement.IsAlive
        || (mode == PullMode.Gather && record.Configuration.Placement.IsLost)
        || context.Map.TryGet(record.Session, out _);

    private void ReplaceBucket(int bucket, List<LocationRecord> records)
    {
        var kept = new HashSet<SessionId>();
        foreach (LocationRecord record in records)
        {
            kept.Add(record.Session);
            Replace(record);
        }

        foreach (SessionId session in context.Map.SessionsOf(bucket))
        {
            if (kept.Contains(session) || !context.Map.TryGet(session, out Location location))
            {
                continue;
            }

            if (location.Copy is not null)
            {
                context.Map.Record(session, default);
            }
            else if (!context.Settings.ServesDivided || location.Placement is not { IsRemoved: true })
            {
                // Where sides may serve on their own, an end is forgotten in its time only: one may still bring a copy.
                context.Map.Forget(session);
            }
        }
    }

    /// <summary>
    /// Takes what the other has. Who has forgotten that a session is gone need not be reminded here either, unless
    /// another side may bring a copy: it could not tell whether many know that.
    /// </summary>
    private void Replace(LocationRecord record)
    {
        bool isKnown = context.Map.TryGet(record.Session, out Location known);
        bool isNews = isKnown
            ? known.Configuration != record.Configuration
            : context.Settings.ServesDivided || !record.Configuration.Placement.IsRemoved;
        if (isNews)
        {
            context.Map.Record(record.Session, record.Configuration);
            Replaced?.Invoke(record, known.Configuration);
        }
    }

    private void FinishIfDone(MapPull pull)
    {
        if (pull.IsDone)
        {
            End(pull, isComplete: true);
        }
    }

    private void End(MapPull pull, bool isComplete)
    {
        if (_pulls.Remove(pull))
        {
            pull.Completed(new PullResult(isComplete, pull.Taken, pull.Grown));
        }
    }
}
