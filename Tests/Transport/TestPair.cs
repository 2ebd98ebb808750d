using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.Transport;

/// <summary>
/// Two members. Where a tap is asked for, all that they say goes through it: the first dials the tap, and the second
/// dials a port on which nothing listens.
/// </summary>
internal sealed class TestPair : IAsyncDisposable
{
    private TestPair(TestMember first, TestMember second, Tap? tap)
    {
        First = first;
        Second = second;
        Tap = tap;
    }

    public TestMember First { get; }

    public TestMember Second { get; }

    public Tap? Tap { get; }

    public static TestPair Direct(
        Func<TransportSettings, TransportSettings>? first = null, Func<TransportSettings, TransportSettings>? second = null)
    {
        (int one, int two) = (TestMember.FreePort(), TestMember.FreePort());
        return Make(one, two, two, one, null, first, second);
    }

    public static TestPair Tapped(
        Func<TransportSettings, TransportSettings>? first = null, Func<TransportSettings, TransportSettings>? second = null)
    {
        (int one, int two) = (TestMember.FreePort(), TestMember.FreePort());
        var tap = new Tap(two);
        return Make(one, two, tap.Port, TestMember.FreePort(), tap, first, second);
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
        Tap?.Dispose();
    }

    private static TestPair Make(
        int firstPort,
        int secondPort,
        int firstDials,
        int secondDials,
        Tap? tap,
        Func<TransportSettings, TransportSettings>? first,
        Func<TransportSettings, TransportSettings>? second)
    {
        TransportSettings Dials(TransportSettings settings, string name, int port) =>
            settings with { Peers = TestMember.Peers((name, port)) };

        return new TestPair(
            new TestMember("node1", firstPort, settings => (first ?? (same => same))(Dials(settings, "node2", firstDials))),
            new TestMember("node2", secondPort, settings => (second ?? (same => same))(Dials(settings, "node1", secondDials))),
            tap);
    }
}
