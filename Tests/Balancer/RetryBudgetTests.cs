using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;
using SessionCluster.Balancer.Configuration;
using SessionCluster.Balancer.Failover;

namespace SessionCluster.Tests.Balancer;

public sealed class RetryBudgetTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Time_and_traffic_earn_tries_and_no_more_than_ten_seconds_are_saved()
    {
        RetryBudget budget = Budget(percent: 20, perSecond: 3);
        Assert.Equal(30, Spend(budget));

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(6, Spend(budget));

        for (int i = 0; i < 50; i++)
        {
            budget.Earn();
        }

        Assert.Equal(10, Spend(budget));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(30, Spend(budget));
    }

    private static int Spend(RetryBudget budget)
    {
        int tries = 0;
        while (budget.TrySpend())
        {
            tries++;
        }

        return tries;
    }

    private RetryBudget Budget(int percent, int perSecond)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Balancer:Retry:BudgetPercent"] = $"{percent}",
            ["Balancer:Retry:BudgetPerSecond"] = $"{perSecond}",
        };
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        return new RetryBudget(FailoverOptions.Read(new SettingsReader(configuration)), _time);
    }
}
