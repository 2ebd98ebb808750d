namespace SessionCluster.Simulation;

/// <summary>
/// Lets the last messages of a broken connection come once more on the next one, in their order. Our transport sends no
/// frame twice, so this is harsher than what the machine is promised. But nothing comes again later than a moment after
/// which ends may be forgotten: nobody could tell it from news.
/// </summary>
/// <param name="queue">When they come.</param>
/// <param name="random">How many come, and how late; a source of its own, so that other chances stay as they are.</param>
internal sealed class Echoes(EventQueue queue, SeededRandom random)
{
    private const int KeptAtMost = 12;

    /// <summary>Some seeds let ends be remembered for ten seconds only.</summary>
    private static readonly TimeSpan OldestAtMost = TimeSpan.FromSeconds(8);

    private readonly Dictionary<(SimulatedProcess From, SimulatedProcess To), Queue<Echo>> _latest = [];

    /// <summary>A message has come to its receiver.</summary>
    public void Keep(SimulatedProcess from, SimulatedProcess to, ReadOnlySpan<byte> message)
    {
        if (!_latest.TryGetValue((from, to), out Queue<Echo>? latest))
        {
            latest = new Queue<Echo>();
            _latest.Add((from, to), latest);
        }

        if (latest.Count == KeptAtMost)
        {
            latest.Dequeue();
        }

        latest.Enqueue(new Echo(message.ToArray(), queue.Now));
    }

    /// <summary>Another connection stands between two processes, as both know.</summary>
    public void Stands(Connection connection)
    {
        Repeat(connection, connection.Dialer, connection.Acceptor);
        Repeat(connection, connection.Acceptor, connection.Dialer);
    }

    private void Repeat(Connection connection, SimulatedProcess from, SimulatedProcess to)
    {
        if (!_latest.Remove((from, to), out Queue<Echo>? latest))
        {
            return;
        }

        TimeSpan delay = TimeSpan.Zero;
        foreach (Echo echo in latest.Skip(random.Below(latest.Count + 1)))
        {
            delay += random.Spread(TimeSpan.FromMilliseconds(0.1), TimeSpan.FromSeconds(1));
            queue.After(delay, () =>
            {
                if (to.IsAlive && to.Links[from.Host] == connection && queue.Now - echo.HeardAt <= OldestAtMost)
                {
                    to.Hear(from.Member, echo.Message);
                }
            });
        }
    }

    private readonly record struct Echo(byte[] Message, TimeSpan HeardAt);
}
