using SessionCluster.Benchmarks.Compare;

namespace SessionCluster.Benchmarks.Scale;

/// <summary>
/// Does the same to clusters of growing size; one that fails is reported, and the others have their turn. What was
/// measured before the run is asked to end is kept.
/// </summary>
internal sealed class ScaleRun(ScaleOptions options)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    private readonly List<Growth> _growths = [];
    private readonly List<string> _failures = [];

    /// <summary>How often <see cref="Run"/> tells what it does.</summary>
    public int Steps => options.Sizes.Count;

    /// <summary>What was measured, one entry a measure.</summary>
    public IReadOnlyList<Growth> Growths => _growths;

    /// <summary>What did not come to its end, a line each; what was measured of it before that is as true.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>Does it.</summary>
    /// <param name="tell">Is told each size as it begins.</param>
    /// <param name="cancellationToken">Ends it, within a size too.</param>
    public void Run(Action<string> tell, CancellationToken cancellationToken)
    {
        foreach (int size in options.Sizes)
        {
            string which = $"{size} nodes";
            tell(which);
            try
            {
                Measure(new ScaledCluster(size, options, cancellationToken));
            }
            catch (OperationCanceledException)
            {
                _failures.Add($"{which}: {Interruption.Notice}");
                return;
            }
            catch (Exception failure)
            {
                _failures.Add(Findings.LineOf(which, failure));
            }
        }
    }

    private void Measure(ScaledCluster cluster)
    {
        int sessions = options.Sessions;
        MeasureIdle(cluster);
        double before = Weigh();
        Traffic created = During(cluster, () =>
        {
            cluster.CreateSessions();
            cluster.Settle();
        });
        Add("hold all sessions", "memory a node, B", cluster, (Weigh() - before) / cluster.Nodes);
        Add("create a session", "messages", cluster, created.Messages / sessions);
        Add("create a session", "bytes", cluster, created.Bytes / sessions);

        Traffic written = During(cluster, () =>
        {
            cluster.WriteSessions();
            cluster.Settle();
        });
        Add("write", "messages", cluster, written.Messages / sessions);
        Add("write", "bytes", cluster, written.Bytes / sessions);
        Add("write", "messages a node", cluster, written.Messages / sessions / cluster.Nodes);
        Add("write", "bytes a node", cluster, written.Bytes / sessions / cluster.Nodes);
        Add("write", "memory a node for its session, B", cluster, (Weigh() - before) / sessions / cluster.Nodes);
        if (cluster.Nodes > 2)
        {
            // Of two nodes one is left, and nobody that could hold a second copy.
            MeasureFailover(cluster);
        }
    }

    private void MeasureIdle(ScaledCluster cluster)
    {
        Traffic before = cluster.Background + cluster.Sent;
        cluster.Run(Quiet);
        Traffic said = cluster.Background + cluster.Sent - before;
        Add("idle, each second", "messages a node", cluster, said.Messages / cluster.Nodes / Quiet.TotalSeconds);
        Add("idle, each second", "bytes a node", cluster, said.Bytes / cluster.Nodes / Quiet.TotalSeconds);
    }

    /// <summary>
    /// A death costs its view once, however many sessions there are, so the copies have rows of their own.
    /// </summary>
    private void MeasureFailover(ScaledCluster cluster)
    {
        TimeSpan began = cluster.Now;
        (Traffic views, Traffic sessions) = (cluster.OfViews, cluster.OfSessions);
        int copies = cluster.KillOne();
        Traffic view = cluster.OfViews - views;
        Add("a node dies", "until protected, ms", cluster, (cluster.Now - began).TotalMilliseconds);
        Add("a node dies", "messages of the view", cluster, view.Messages);
        Add("a node dies", "bytes of the view", cluster, view.Bytes);
        Traffic made = cluster.OfSessions - sessions;
        Add("its copies are replaced", "messages a copy", cluster, made.Messages / copies);
        Add("its copies are replaced", "bytes a copy", cluster, made.Bytes / copies);

        // What is evened out from here on is no copy that was lost, nor one that the next node gets.
        cluster.Settle();
        MeasureJoin(cluster);
    }

    /// <summary>
    /// Copies are moved to a node as soon as it is a member, some of them before it has permission to serve: how many
    /// is chance, so they have rows of their own.
    /// </summary>
    private void MeasureJoin(ScaledCluster cluster)
    {
        TimeSpan began = cluster.Now;
        (Traffic views, Traffic sessions) = (cluster.OfViews, cluster.OfSessions);
        cluster.StartAgain();
        Traffic join = cluster.OfViews - views;
        Add("a node joins", "until it serves, ms", cluster, (cluster.Now - began).TotalMilliseconds);
        Add("a node joins", "messages", cluster, join.Messages);
        Add("a node joins", "bytes", cluster, join.Bytes);
        cluster.Settle();
        Traffic moved = cluster.OfSessions - sessions;
        int copies = cluster.CountCopiesOfLast();
        Add("it gets its share", "messages a copy", cluster, moved.Messages / copies);
        Add("it gets its share", "bytes a copy", cluster, moved.Bytes / copies);
    }

    private static Traffic During(ScaledCluster cluster, Action action)
    {
        Traffic before = cluster.Sent;
        action();
        return cluster.Sent - before;
    }

    private static double Weigh() => GC.GetTotalMemory(forceFullCollection: true);

    private void Add(string section, string name, ScaledCluster cluster, double value)
    {
        Growth? growth = _growths.Find(growth => growth.Section == section && growth.Name == name);
        if (growth is null)
        {
            growth = new Growth(section, name);
            _growths.Add(growth);
        }

        growth.Values[cluster.Nodes] = value;
    }
}
