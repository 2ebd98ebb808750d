using Microsoft.Extensions.DependencyInjection;
using SessionCluster.Balancer.Configuration;
using SessionCluster.Balancer.Health;
using Yarp.ReverseProxy;

namespace SessionCluster.Tests.Balancer;

public sealed class ClusterViewWatcherTests
{
    private const string NoProbes = "Balancer:ProbeInterval=00:01:00";

    [Theory]
    [InlineData("Leaving")]
    [InlineData("Dead")]
    public async Task A_member_that_leaves_or_has_died_gets_nothing_more(string standing)
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2, NoProbes);
        await balancer.UntilAvailableAsync("node1", "node2");
        FakeView view = await WatchAsync(balancer);

        view.Show(("node1", Enum.Parse<MemberStanding>(standing)), ("node2", MemberStanding.Serving));

        Assert.Equal(["node2"], balancer.Available());
    }

    [Fact]
    public async Task A_member_that_is_proven_dead_gets_nothing_more_until_a_probe_finds_its_successor()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(2, "Balancer:ProbeInterval=00:00:00.1");
        await balancer.UntilAvailableAsync("node1", "node2");
        FakeView view = await WatchAsync(balancer);

        view.Show(("node1", MemberStanding.Dead), ("node2", MemberStanding.Serving));
        await balancer.UntilAvailableAsync("node1", "node2");
        view.Show(("node1", MemberStanding.Dead), ("node2", MemberStanding.Serving));

        // The same news once more says nothing of the process that has started since.
        Assert.Equal(["node1", "node2"], balancer.Available().Order());
    }

    [Fact]
    public async Task A_member_that_the_others_gave_up_is_out_if_it_is_dead_and_stays_if_it_answers()
    {
        await using var balancer = await BalancerUnderTest.StartAsync(3, NoProbes);
        await balancer.UntilAvailableAsync("node1", "node2", "node3");
        FakeView view = await WatchAsync(balancer);
        view.Show(("node1", MemberStanding.Serving), ("node2", MemberStanding.Serving));
        await balancer["node1"].StopAsync();
        await balancer["node3"].StopAsync();

        view.Show();

        // node3 is dead as well, but was never seen in a view: a view that still forms is not a death.
        await balancer.UntilAvailableAsync("node2", "node3");
    }

    private static async Task<FakeView> WatchAsync(BalancerUnderTest balancer)
    {
        var view = new FakeView();
        var watcher = new ClusterViewWatcher(
            [view],
            balancer.Services.GetRequiredService<BalancerOptions>(),
            balancer.Services.GetRequiredService<NodeHealth>(),
            balancer.Services.GetRequiredService<NodeAliveness>(),
            balancer.Services.GetRequiredService<IProxyStateLookup>());
        await watcher.StartAsync(TestContext.Current.CancellationToken);
        return view;
    }

    private sealed class FakeView : IClusterView
    {
        public event Action<IReadOnlyDictionary<string, MemberStanding>>? Changed;

        public void Show(params (string Node, MemberStanding Standing)[] members) =>
            Changed?.Invoke(members.ToDictionary(member => member.Node, member => member.Standing));
    }
}
