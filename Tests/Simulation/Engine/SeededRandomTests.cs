using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

public sealed class SeededRandomTests
{
    /// <summary>
    /// The first numbers of the seed 0, so that a seed that failed once fails in every version of this code.
    /// </summary>
    [Fact]
    public void A_seed_is_for_ever()
    {
        var random = new SeededRandom(0);
        Assert.Equal(
            [0x99EC5F36CB75F2B4, 0xBF6E1F784956452A, 0x1A5F849D4933E6E0],
            new[] { random.Next(), random.Next(), random.Next() });
    }

    [Fact]
    public void Concerns_of_one_seed_do_not_disturb_each_other()
    {
        SeededRandom faults = SeededRandom.For(7, "faults");
        SeededRandom network = SeededRandom.For(7, "network");
        Assert.NotEqual(faults.Next(), network.Next());
        Assert.Equal(SeededRandom.For(7, "network").Next(), SeededRandom.For(7, "network").Next());
    }

    [Fact]
    public void Durations_stay_in_their_bounds()
    {
        SeededRandom random = SeededRandom.For(3, "test");
        for (int draw = 0; draw < 10_000; draw++)
        {
            TimeSpan spread = random.Spread(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(60));
            Assert.InRange(spread, TimeSpan.FromMilliseconds(0.999), TimeSpan.FromSeconds(60));
            Assert.InRange(random.Between(3, 5), 3, 5);
            Assert.True(random.Exponential(TimeSpan.FromSeconds(1)) >= TimeSpan.Zero);
        }
    }

    [Fact]
    public void A_clock_that_drifts_never_goes_back_and_finds_its_instants()
    {
        foreach (int drift in new[] { -100_000, -1, 0, 1, 100_000 })
        {
            var clock = new NodeClock(TimeSpan.FromDays(3), drift);
            for (long ticks = 0; ticks < 5000; ticks++)
            {
                Assert.True(clock.At(new TimeSpan(ticks + 1)) >= clock.At(new TimeSpan(ticks)));
            }

            Instant instant = clock.At(TimeSpan.FromSeconds(100));
            TimeSpan when = clock.When(instant);
            Assert.True(clock.At(when) >= instant);
            Assert.True(clock.At(when - new TimeSpan(1)) < instant);
        }
    }
}
