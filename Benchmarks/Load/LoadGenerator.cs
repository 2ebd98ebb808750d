using System.Collections;
using System.Diagnostics;
using System.Net.Sockets;

namespace SessionCluster.Benchmarks.Load;

/// <summary>
/// A closed loop over some connections, on one thread that sleeps in the kernel while nothing has come: the measured
/// processes share the machine with it, so it must be light.
/// </summary>
internal sealed class LoadGenerator(IReadOnlyList<LoadConnection> connections)
{
    /// <summary>How long it waits for any answer; so long it may take until it sees that it is to end.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Dictionary<Socket, LoadConnection> _bySocket =
        connections.ToDictionary(static connection => connection.Socket);

    /// <summary>Sends until the time is over.</summary>
    public LoadResult RunFor(TimeSpan duration, CancellationToken cancellationToken) =>
        Run(duration, long.MaxValue, cancellationToken);

    /// <summary>Sends so many requests.</summary>
    public LoadResult RunCount(long count, CancellationToken cancellationToken) =>
        Run(Timeout.InfiniteTimeSpan, count, cancellationToken);

    private LoadResult Run(TimeSpan duration, long count, CancellationToken cancellationToken)
    {
        var latencies = new List<double>(1 << 16);
        var waiting = new HashSet<Socket>();
        var ready = new ArrayList(connections.Count);
        var failures = new Dictionary<int, long>();
        long sent = 0;
        long start = Stopwatch.GetTimestamp();
        foreach (LoadConnection connection in connections.Take((int)Math.Min(count, connections.Count)))
        {
            connection.Send();
            sent++;
            waiting.Add(connection.Socket);
        }

        while (waiting.Count > 0)
        {
            Await(waiting, ready);
            bool goesOn = !cancellationToken.IsCancellationRequested
                && (duration == Timeout.InfiniteTimeSpan || Stopwatch.GetElapsedTime(start) < duration);
            foreach (Socket socket in ready)
            {
                LoadConnection connection = _bySocket[socket];
                if (!connection.Receive(out _))
                {
                    continue;
                }

                latencies.Add(connection.Elapsed.TotalMilliseconds);
                if (connection.Status is < 200 or > 299)
                {
                    failures[connection.Status] = failures.GetValueOrDefault(connection.Status) + 1;
                }

                if (goesOn && sent < count)
                {
                    connection.Send();
                    sent++;
                }
                else
                {
                    waiting.Remove(socket);
                }
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        return new LoadResult(latencies, failures, Stopwatch.GetElapsedTime(start));
    }

    /// <summary>Sleeps until an answer is here for some of those that wait.</summary>
    private static void Await(HashSet<Socket> waiting, ArrayList ready)
    {
        ready.Clear();
        ready.AddRange(waiting.ToArray());
        Socket.Select(ready, null, null, Patience);
        if (ready.Count == 0)
        {
            throw new TimeoutException($"No answer came within {Patience.TotalSeconds:0} s.");
        }
    }
}
