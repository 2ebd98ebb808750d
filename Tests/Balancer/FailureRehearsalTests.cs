using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SessionCluster.Balancer.Failover;
using SessionCluster.Balancer.Forwarding;

namespace SessionCluster.Tests.Balancer;

/// <summary>What the balancer plays before it begins.</summary>
public sealed class FailureRehearsalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task It_loses_a_node_both_ways()
    {
        await using BalancerUnderTest balancer = await BalancerUnderTest.StartAsync(nodeCount: 1);
        FailureRehearsal rehearsal = balancer.Services.GetServices<IHostedService>().OfType<FailureRehearsal>()
            .Single();

        IReadOnlyList<TryFailure> failures =
            await rehearsal.PlayAsync().WaitAsync(Patience, TestContext.Current.CancellationToken);

        Assert.Equal(8, failures.Count);
        Assert.All(failures.Take(4), static failure => Assert.Equal(TryFailure.ConnectionLost, failure));
        Assert.All(failures.Skip(4), static failure => Assert.Equal(TryFailure.NothingSent, failure));
    }
}
