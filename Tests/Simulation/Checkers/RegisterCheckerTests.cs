using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>The quick checker is compared with one that tries every order.</summary>
public sealed class RegisterCheckerTests
{
    [Fact]
    public void A_stale_read_is_found()
    {
        var checker = new RegisterChecker();
        checker.WriteInvoked(1, moment: 1);
        Assert.Null(checker.WriteAcknowledged(1, moment: 2));
        Assert.NotNull(checker.Read(0, invoked: 3, completed: 4));
    }

    [Fact]
    public void A_read_beside_a_write_may_see_either_but_never_go_back()
    {
        var checker = new RegisterChecker();
        checker.WriteInvoked(1, moment: 1);
        Assert.Null(checker.Read(0, invoked: 2, completed: 3));
        Assert.Null(checker.Read(1, invoked: 4, completed: 5));
        Assert.NotNull(checker.Read(0, invoked: 6, completed: 7));
    }

    [Fact]
    public void A_write_without_an_answer_may_come_true_at_any_time()
    {
        var checker = new RegisterChecker();
        checker.WriteInvoked(1, moment: 1);
        Assert.Null(checker.Read(0, invoked: 2, completed: 3));
        checker.WriteInvoked(2, moment: 4);
        Assert.Null(checker.WriteAcknowledged(2, moment: 5));
        Assert.Null(checker.Read(1, invoked: 6, completed: 7));
        Assert.NotNull(checker.Read(2, invoked: 8, completed: 9));
    }

    [Fact]
    public void The_quick_checker_agrees_with_the_one_that_tries_every_order()
    {
        int accepted = 0;
        int refused = 0;
        for (ulong seed = 0; seed < 3000; seed++)
        {
            List<Operation> history = DrawHistory(SeededRandom.For(seed, "register"));
            bool expected = HasOrder([.. history], 0, new bool[history.Count]);
            bool actual = Accepts(history);
            Assert.True(expected == actual, $"seed {seed}: {string.Join(' ', history)}");
            (accepted, refused) = expected ? (accepted + 1, refused) : (accepted, refused + 1);
        }

        Assert.True(accepted > 300);
        Assert.True(refused > 300);
    }

    private static List<Operation> DrawHistory(SeededRandom random)
    {
        int count = random.Between(2, 6);
        List<int> moments = [.. Enumerable.Range(1, count * 2)];
        random.Shuffle(moments);
        var history = new List<Operation>();
        int writes = 0;
        for (int index = 0; index < count; index++)
        {
            bool isWrite = random.Chance(0.5);
            int value = isWrite ? ++writes : -1;
            int first = Math.Min(moments[index * 2], moments[(index * 2) + 1]);
            int second = Math.Max(moments[index * 2], moments[(index * 2) + 1]);
            bool isAnswered = !isWrite || random.Chance(0.8);
            history.Add(new Operation(isWrite, value, first, isAnswered ? second : int.MaxValue));
        }

        int written = writes;
        return [.. history.Select(made => made.IsWrite ? made : made with { Value = random.Between(0, written) })];
    }

    private static bool Accepts(List<Operation> history)
    {
        var checker = new RegisterChecker();
        var steps = new List<(int Moment, Func<string?> Step)>();
        foreach (Operation made in history)
        {
            if (made.IsWrite)
            {
                steps.Add((made.Invoked, () =>
                {
                    checker.WriteInvoked(made.Value, made.Invoked);
                    return null;
                }));
            }

            if (made.Completed != int.MaxValue)
            {
                steps.Add((made.Completed, () => made.IsWrite
                    ? checker.WriteAcknowledged(made.Value, made.Completed)
                    : checker.Read(made.Value, made.Invoked, made.Completed)));
            }
        }

        return steps.OrderBy(static step => step.Moment).All(static step => step.Step() is null);
    }

    private static bool HasOrder(Operation[] history, int value, bool[] done)
    {
        int firstEnd = int.MaxValue;
        for (int index = 0; index < history.Length; index++)
        {
            firstEnd = done[index] ? firstEnd : Math.Min(firstEnd, history[index].Completed);
        }

        if (firstEnd == int.MaxValue)
        {
            return true;
        }

        for (int index = 0; index < history.Length; index++)
        {
            Operation next = history[index];
            if (done[index] || next.Invoked > firstEnd || (!next.IsWrite && next.Value != value))
            {
                continue;
            }

            done[index] = true;
            bool hasOrder = HasOrder(history, next.IsWrite ? next.Value : value, done);
            done[index] = false;
            if (hasOrder)
            {
                return true;
            }
        }

        return false;
    }

    private sealed record Operation(bool IsWrite, int Value, int Invoked, int Completed);
}
