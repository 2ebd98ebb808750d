namespace SessionCluster.Simulation;

/// <summary>
/// What happened, for people and for comparison. People read facts and actions; the hash takes in every single step:
/// when, where, of what kind, and who sent what was heard; each fact that was reported; and every answer. So two runs
/// of one seed are known to be the same, in whichever process they ran.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="detail">What is kept for people.</param>
internal sealed class ClusterTrace(SimulatedCluster cluster, TraceDetail detail)
{
    private const int RecentMaximum = 4096;

    private readonly Recent[] _recent = detail == TraceDetail.Hash ? [] : new Recent[RecentMaximum];
    private readonly List<string> _transcript = [];
    private long _count;
    private ulong _hash = 14695981039346656037;

    /// <summary>The same for the same seed, in every process.</summary>
    public ulong Hash => _hash;

    /// <summary>What people did and what members reported, in order, without times.</summary>
    public IReadOnlyList<string> Transcript => _transcript;

    /// <summary>Prints each line when it is written; for replays.</summary>
    public Action<string>? Printer { get; set; }

    public void Did(SimulatedNode node, string what) => Write(node, what);

    public void Said(string who, string what) => Write(who, what);

    public void Stepped(SimulatedProcess process, Input input)
    {
        Mix((ulong)cluster.Queue.Now.Ticks, ((ulong)process.Host << 8) | KindOf(input));
        if (input is not DeadlineReached)
        {
            Write(process, input);
        }
    }

    public void Heard(SimulatedProcess process, Member from, Message message)
    {
        ulong ends = ((ulong)process.Host << 16) | ((ulong)cluster.HostOf(from.Node) << 8);
        Mix((ulong)cluster.Queue.Now.Ticks, TraceKinds.Of(message) ^ ends ^ ((ulong)from.Incarnation << 24));
        if (IsRead && message is not (Heartbeat or HeartbeatAcknowledged))
        {
            // What commits say comes in objects that are used again.
            Message kept = message is Replicate or Replicated ? cluster.Network.Passage.Carry(message) : message;
            Write(process, new PeerMessage(from, kept));
        }
    }

    public void Completed(SimulatedProcess process, Completion completion, PendingRequest request)
    {
        long sequence = completion switch
        {
            LoadCompleted load => (load.Version.Sequence << 4) | (long)load.Result,
            CommitCompleted commit => (commit.Version.Sequence << 4) | (long)commit.Result,
            _ => 0,
        };
        Mix((ulong)completion.Request, (ulong)sequence);
        if (IsRead)
        {
            // The machine uses it again.
            Write(process, new Answer(request.Session, completion with { }));
        }
    }

    public void Reported(SimulatedProcess process, ClusterEvent happened)
    {
        Mix((ulong)cluster.Queue.Now.Ticks, TraceKinds.Of(happened) ^ ((ulong)process.Host << 16));
        Write(process, happened);
        if (detail == TraceDetail.Transcript && TranscriptLine.Of(cluster, process, happened) is { } line)
        {
            _transcript.Add(line);
        }
    }

    /// <summary>The latest lines, oldest first.</summary>
    public IEnumerable<string> Latest(int lines) =>
        Enumerable.Range(0, (int)Math.Min(Math.Min(lines, _recent.Length), _count))
            .Select(index => _recent[(_count - 1 - index) % RecentMaximum].Describe(cluster))
            .Reverse();

    private static ulong KindOf(Input input) => input switch
    {
        LinkUp => 2,
        LinkDown => 3,
        DialRefused or DialRejected => 4,
        LoadSession => 5,
        CommitSession => 6,
        RemoveSession => 7,
        TouchSession => 8,
        DeadlineReached => 9,
        _ => 10,
    };

    /// <summary>Whether anybody will look at lines; a swarm of seeds that keep their promises has no reader.</summary>
    private bool IsRead => detail != TraceDetail.Hash || Printer is not null;

    private void Write(object who, object what)
    {
        if (!IsRead)
        {
            return;
        }

        var line = new Recent(cluster.Queue.Now, who, what);
        if (_recent.Length > 0)
        {
            _recent[_count++ % RecentMaximum] = line;
        }

        if (what is string text && detail == TraceDetail.Transcript)
        {
            _transcript.Add($"{TranscriptLine.Name(who),-9} {text}");
        }

        Printer?.Invoke(line.Describe(cluster));
    }

    private void Mix(ulong first, ulong second)
    {
        ulong mixed = (_hash ^ first) * 1099511628211;
        mixed = (mixed ^ second) * 1099511628211;
        _hash = mixed ^ (mixed >> 29);
    }

    /// <summary>An answer and whose it is.</summary>
    internal sealed record Answer(string Session, Completion Completion);

    private readonly record struct Recent(TimeSpan Time, object Who, object What)
    {
        public string Describe(SimulatedCluster cluster)
        {
            string what = What switch
            {
                string text => text,
                _ => TraceLine.Of(cluster, What),
            };
            return $"{Time.TotalSeconds,10:F4} {TranscriptLine.Name(Who),-12} {what}";
        }
    }
}

/// <summary>What a trace keeps beside its hash.</summary>
internal enum TraceDetail
{
    /// <summary>Nothing.</summary>
    Hash,

    /// <summary>The latest lines, for the report of a failure.</summary>
    Latest,

    /// <summary>The latest lines, and all of what people did and members reported.</summary>
    Transcript,
}
