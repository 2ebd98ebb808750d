using SessionCluster.Benchmarks.Cluster;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.Transport;

/// <summary>
/// Two members. Where a tap is asked for, all that they say goes through it: the first dials the tap, and the second
/// dials a port on which nothing listens, or a tap of its own.
/// </summary>
internal sealed class TestPair : IAsyncDisposable
{
    private readonly Tap[] _taps;

    private TestPair(TestMember first, TestMember second, Tap[] taps)
    {
        First = first;
        Second = second;
        _taps = taps;
    }

    public TestMember First { get; }

    public TestMember Second { get; }

    /// <summary>The tap that the first dials.</summary>
    public Tap Tap => _taps[0];

    public static TestPair Direct(
        Func<TransportSettings, TransportSettings>? first = null,
        Func<TransportSettings, TransportSettings>? second = null)
    {
        (int one, int two) = (FreePorts.Next(), FreePorts.Next());
        return Make(one, two, two, one, [], first, second);
    }

    public static TestPair Tapped(
        Func<TransportSettings, TransportSettings>? first = null,
        Func<TransportSettings, TransportSettings>? second = null)
    {
        (int one, int two) = (FreePorts.Next(), FreePorts.Next());
        var tap = new Tap(two);
        return Make(one, two, tap.Port, FreePorts.Next(), [tap], first, second);
    }

    /// <summary>Both dial at the same moment: each is held until the other has dialed too.</summary>
    public static async Task<TestPair> CrossingAsync()
    {
        (int one, int two) = (FreePorts.Next(), FreePorts.Next());
        Tap[] taps = [new(two), new(one)];
        taps[0].Hold();
        taps[1].Hold();
        TestPair pair = await Make(one, two, taps[0].Port, taps[1].Port, taps, null, null).StartAsync();
        await Task.WhenAll(taps[0].Arrived, taps[1].Arrived);
        taps[0].LetGo();
        taps[1].LetGo();
        return pair;
    }

    public async Task<TestPair> StartAsync()
    {
        await Task.WhenAll(First.StartAsync(), Second.StartAsync());
        return this;
    }

    public async Task<TestPair> ConnectAsync()
    {
        await StartAsync();
        await Task.WhenAll(First.UpAsync(Second.Self), Second.UpAsync(First.Self));
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await First.DisposeAsync();
        await Second.DisposeAsync();
        foreach (Tap tap in _taps)
        {
            tap.Dispose();
        }
    }

    private static TestPair Make(
        int firstPort,
        int secondPort,
        int firstDials,
        int secondDials,
        Tap[] taps,
        Func<TransportSettings, TransportSettings>? first,
        Func<TransportSettings, TransportSettings>? second)
    {
        TransportSettings Dials(TransportSettings settings, string name, int port) =>
            settings with { Peers = TestMember.Peers((name, port)) };

        return new TestPair(
            new TestMember(
                "node1", firstPort, settings => (first ?? (same => same))(Dials(settings, "node2", firstDials))),
            new TestMember(
                "node2", secondPort, settings => (second ?? (same => same))(Dials(settings, "node1", secondDials))),
            taps);
    }
}
