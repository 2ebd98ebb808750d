using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SessionCluster.Replication.AspNetCore.Telemetry;

namespace SessionCluster.Replication.AspNetCore.Rehearsal;

/// <summary>
/// Lets a small cluster of its own live and lose a node, inside this process and before the node joins. What runs after
/// a death has not run before in a process that has just started: its code is not compiled, its types are not loaded,
/// and the first exception takes milliseconds. See docs/decisions/0025.
/// </summary>
internal static class FailoverRehearsal
{
    /// <summary>A rehearsal that takes longer is broken off; the node starts all the same.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private const int MemberCount = 5;

    /// <summary>Enough that lists of them grow.</summary>
    private const int SessionCount = 24;

    private static int _hasBegun;

    /// <summary>Plays it, unless it was played in this process before. It never throws.</summary>
    public static async Task RunOnceAsync(ILogger logger)
    {
        if (Interlocked.Exchange(ref _hasBegun, 1) != 0)
        {
            return;
        }

        long began = Stopwatch.GetTimestamp();
        try
        {
            LoadResult result = await Task.Run(PlayAsync).WaitAsync(Patience);
            logger.FailoverRehearsed(result, (long)Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        catch (Exception exception)
        {
            // Whatever went wrong, it went wrong in a play: the first failover will take longer, and that is all.
            logger.RehearsalFailed(exception);
        }
    }

    /// <summary>Four nodes, a voter, some sessions, one death.</summary>
    /// <returns>What became of a session whose primary has died.</returns>
    public static async Task<LoadResult> PlayAsync()
    {
        int[] ports = FreePorts(MemberCount);
        RehearsalMember[] members = [.. ports.Select((_, index) => new RehearsalMember(index, ports))];
        try
        {
            await Task.WhenAll(members.Select(static member => member.StartAsync()));
            return await LoseFirstAsync(members);
        }
        finally
        {
            await Task.WhenAll(members.Select(static member => member.DisposeAsync().AsTask()));
        }
    }

    private static async Task<LoadResult> LoseFirstAsync(RehearsalMember[] members)
    {
        (RehearsalMember first, RehearsalMember second, RehearsalMember third) = (members[0], members[1], members[2]);
        SessionId[] sessions = [.. Enumerable.Range(1, SessionCount).Select(SessionOf)];
        await Task.WhenAll(sessions.Select((session, index) => members[index % 3].CommitAsync(session, creates: true)));
        await Task.WhenAll(sessions.Select(session => first.LoadAsync(session)));

        await first.DisposeAsync();
        IEnumerable<Task<LoadResult>> loads = sessions.Select(
            (session, index) => (index % 2 == 0 ? second : third).LoadAsync(session));
        LoadResult[] results = await Task.WhenAll(loads);
        await Task.WhenAll(sessions.Select(session => second.CommitAsync(session, creates: false)));
        await third.RemoveAsync(sessions[0]);
        return results.Max();
    }

    private static SessionId SessionOf(int number)
    {
        byte[] bytes = new byte[SessionId.Length];
        bytes[0] = (byte)number;
        return new SessionId(bytes);
    }

    /// <summary>Ports of the loopback interface that nobody has at this moment.</summary>
    private static int[] FreePorts(int count)
    {
        Socket[] sockets =
        [
            .. Enumerable.Range(0, count).Select(
                static _ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)),
        ];
        try
        {
            Array.ForEach(sockets, static socket => socket.Bind(new IPEndPoint(IPAddress.Loopback, 0)));
            return [.. sockets.Select(static socket => ((IPEndPoint)socket.LocalEndPoint!).Port)];
        }
        finally
        {
            Array.ForEach(sockets, static socket => socket.Dispose());
        }
    }
}
