using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

public sealed class EventQueueTests
{
    [Fact]
    public void Events_happen_in_the_order_of_their_times_and_then_of_their_arrival()
    {
        var random = SeededRandom.For(1, "test");
        var queue = new EventQueue();
        var expected = new List<(int Time, int Number)>();
        var happened = new List<(int Time, int Number)>();
        for (int number = 0; number < 2000; number++)
        {
            (int Time, int Number) item = (random.Below(100), number);
            expected.Add(item);
            queue.At(TimeSpan.FromMilliseconds(item.Time), () => happened.Add(item));
        }

        while (queue.RunNext(TimeSpan.FromSeconds(1)))
        {
        }

        Assert.Equal(expected.Order(), happened);
        Assert.Equal(TimeSpan.FromSeconds(1), queue.Now);
    }

    [Fact]
    public void An_event_for_a_time_that_is_over_happens_now()
    {
        var queue = new EventQueue();
        TimeSpan happened = TimeSpan.Zero;
        queue.At(TimeSpan.FromSeconds(2), () => queue.At(TimeSpan.FromSeconds(1), () => happened = queue.Now));
        while (queue.RunNext(TimeSpan.FromSeconds(3)))
        {
        }

        Assert.Equal(TimeSpan.FromSeconds(2), happened);
    }
}
