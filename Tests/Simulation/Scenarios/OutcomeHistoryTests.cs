using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// Which requests a session remembers: all that may be sent again, and not more than it has room for.
/// </summary>
public sealed class OutcomeHistoryTests
{
    [Fact]
    public void All_that_are_young_are_remembered_however_many_they_are()
    {
        SessionState state = With(SessionState.Empty, Enumerable.Range(1, 500).Select(static number => (number, 100L)));
        Assert.Equal(500, state.Outcomes.Count);
        Assert.NotNull(state.OutcomeOf(Key(1)));
        Assert.False(state.HasForgottenOutcomes);
        Assert.Empty(state.OutcomeOf(Key(500 - SessionState.YoungAnswersMaximum))!.Response);
        Assert.NotEmpty(state.OutcomeOf(Key(501 - SessionState.YoungAnswersMaximum))!.Response);
    }

    [Theory]
    [InlineData(100, SessionState.YoungAnswersAge, 50)]
    [InlineData(100, SessionState.YoungAnswersAge + 1, SessionState.AnswersMaximum)]
    [InlineData(1024, 0, SessionState.AnswersMaximum + 16)]
    [InlineData(SessionState.YoungAnswersBytes + 1, 0, SessionState.AnswersMaximum)]
    public void Of_the_young_the_answers_are_kept_as_far_as_there_is_room(int bytes, int age, int kept)
    {
        SessionState state = SessionState.Empty;
        for (int number = 1; number <= 50; number++)
        {
            long at = number <= 50 - SessionState.AnswersMaximum ? 100 : 100 + age;
            state = state.Apply(
                new SessionDelta([], [], new RecordedOutcome(Key(number), new byte[bytes]) { At = at }));
        }

        SessionState copy = SessionState.From(state.Values, state.Outcomes);
        Assert.Equal(kept, state.Outcomes.Count(static outcome => outcome.Response.Length > 0));
        Assert.Equal(state.Outcomes, copy.Outcomes);
        var next = new SessionDelta([], [], new RecordedOutcome(Key(51), [1]) { At = 100 + age });
        Assert.Equal(state.Apply(next).Outcomes, copy.Apply(next).Outcomes);
    }

    [Fact]
    public void What_is_old_goes_but_the_latest_stay()
    {
        SessionState state = With(SessionState.Empty, Enumerable.Range(1, 100).Select(static number => (number, 100L)));
        state = With(state, [(101, 100 + SessionState.OutcomesAge)]);
        Assert.Equal(101, state.Outcomes.Count);
        state = With(state, [(102, 101 + SessionState.OutcomesAge)]);
        Assert.Equal(SessionState.OutcomesKept, state.Outcomes.Count);
        Assert.Null(state.OutcomeOf(Key(102 - SessionState.OutcomesKept)));
        Assert.NotNull(state.OutcomeOf(Key(103 - SessionState.OutcomesKept)));
        Assert.False(state.HasForgottenOutcomes);
    }

    [Fact]
    public void Of_more_than_there_is_room_for_it_is_known_that_some_are_forgotten()
    {
        SessionState state = With(
            SessionState.Empty,
            Enumerable.Range(1, SessionState.OutcomesMaximum + 1).Select(static number => (number, 100L)));
        Assert.Equal(SessionState.OutcomesMaximum, state.Outcomes.Count);
        Assert.Null(state.OutcomeOf(Key(1)));
        Assert.True(state.HasForgottenOutcomes);
    }

    [Fact]
    public void Two_that_go_on_from_one_history_do_not_see_each_others()
    {
        SessionState common = With(SessionState.Empty, [(1, 1), (2, 1)]);
        SessionState one = With(common, [(3, 1)]);
        SessionState other = With(common, [(4, 1), (5, 1)]);
        SessionState again = With(one, [(6, 1)]);
        Assert.Equal([Key(1), Key(2)], Keys(common));
        Assert.Equal([Key(1), Key(2), Key(3)], Keys(one));
        Assert.Equal([Key(1), Key(2), Key(4), Key(5)], Keys(other));
        Assert.Equal([Key(1), Key(2), Key(3), Key(6)], Keys(again));
    }

    [Fact]
    public void A_state_that_was_sent_remembers_the_same()
    {
        SessionState state = With(
            SessionState.Empty, Enumerable.Range(1, 100).Select(static number => (number, number * 7L)));
        SessionState copy = SessionState.From(state.Values, state.Outcomes);
        Assert.Equal(state.Outcomes, copy.Outcomes);
        Assert.Equal(state.Bytes, copy.Bytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_is_remembered_is_what_the_rules_say(int seed)
    {
        var random = new Random(seed);
        var all = new List<RecordedOutcome>();
        SessionState state = SessionState.Empty;
        long at = 0;
        for (int number = 1; number <= 3_000; number++)
        {
            at += random.Next(100) switch { 0 => random.Next(300), < 10 => random.Next(5), _ => 0 };
            byte[] response = new byte[random.Next(20) == 0 ? random.Next(9_000) : random.Next(200)];
            all.Add(new RecordedOutcome(Key(number), response) { At = at });
            state = state.Apply(new SessionDelta([], [], all[^1]));
            if (number % 7 == 0)
            {
                Assert.Equal(
                    Remembered(all),
                    state.Outcomes.Select(static outcome => (outcome.RequestKey, outcome.Response.Length)));
                Assert.All(state.Outcomes, outcome => Assert.Equal(outcome, state.OutcomeOf(outcome.RequestKey)));
            }
        }
    }

    [Fact]
    public void One_more_costs_the_same_however_many_are_remembered()
    {
        const int Commits = 8_000;
        SessionDelta[] deltas =
        [
            .. Enumerable.Range(1, Commits * 2).Select(static number =>
                new SessionDelta([], [], new RecordedOutcome(Key(number), [1]) { At = number / 100 })),
        ];
        SessionState state = deltas.Take(Commits).Aggregate(
            SessionState.Empty, static (state, delta) => state.Apply(delta));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int number = Commits; number < Commits * 2; number++)
        {
            state = state.Apply(deltas[number]);
        }

        Assert.Equal(SessionState.OutcomesMaximum, state.Outcomes.Count);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Commits, 1, 400);
    }

    [Fact]
    public void The_primary_dates_what_it_records_and_a_new_one_goes_on_from_there()
    {
        var cluster = new SimulatedCluster(nodes: 3);
        cluster.Settle();
        cluster.On(1).Commit("cart", "shoes");
        cluster.Settle();
        int primary = cluster.PrimaryOf();
        Assert.Equal([0L], Record(cluster, primary, 1));
        cluster.Run(TimeSpan.FromSeconds(3));
        Assert.InRange(Record(cluster, primary, 2)[1], 28, 40);
        cluster.Crash(primary);
        cluster.Settle();
        long[] times = Record(cluster, cluster.PrimaryOf(), 3);
        Assert.Equal(times[1], times[2]);
        cluster.Run(TimeSpan.FromSeconds(2));
        Assert.InRange(Record(cluster, cluster.PrimaryOf(), 4)[3] - times[2], 18, 30);
    }

    /// <summary>What a session remembers of all that it has recorded, worked out anew from the rules.</summary>
    /// <summary>
    /// Seeds 830000005 and 830000617: each primary counts the time of outcomes from when it took over, as it does not
    /// know how long ago the latest was. The first one counted on from before where it got the session back, so what
    /// was recorded meanwhile looked older than it was, and was forgotten while it could still be asked for.
    /// </summary>
    [Fact]
    public void What_another_has_recorded_just_now_is_remembered_where_the_session_comes_back()
    {
        SimulatedCluster cluster = SingleFaultTests.WithBasket(nodes: 2);
        int first = cluster.PrimaryOf();
        int second = 3 - first;
        cluster.On(first).Commit("cart", "0", new RecordedOutcome(Key(1000), [1]));
        cluster.Run(TimeSpan.FromSeconds(25));
        cluster.On(second).Load("cart");
        for (int number = 1; number <= SessionState.OutcomesKept + 8; number++)
        {
            cluster.On(second).Commit("cart", "1", new RecordedOutcome(Key(number), [1]));
        }

        cluster.On(first).Load("cart");
        Assert.Equal(first, cluster.PrimaryOf());
        cluster.On(first).Commit("cart", "2", new RecordedOutcome(Key(2000), [1]));
        Assert.Equal(CommitResult.Repeated, cluster.On(first).TryCommit("cart", "1", new RecordedOutcome(Key(1), [1])));
    }

    private static List<(Guid Key, int AnswerBytes)> Remembered(List<RecordedOutcome> all)
    {
        var kept = new List<(Guid, int)>();
        long latest = all[^1].At;
        int further = 0;
        bool keepsAnswers = true;
        foreach (RecordedOutcome outcome in Enumerable.Reverse(all).Take(SessionState.OutcomesMaximum))
        {
            int place = kept.Count;
            if (place >= SessionState.OutcomesKept && latest - outcome.At > SessionState.OutcomesAge)
            {
                break;
            }

            further += place < SessionState.AnswersMaximum ? 0 : outcome.Response.Length;
            keepsAnswers &= place < SessionState.AnswersMaximum
                || (place < SessionState.YoungAnswersMaximum && further <= SessionState.YoungAnswersBytes
                    && latest - outcome.At <= SessionState.YoungAnswersAge);
            kept.Add((outcome.RequestKey, keepsAnswers ? outcome.Response.Length : 0));
        }

        kept.Reverse();
        return kept;
    }

    /// <summary>Commits a request with a key, and tells when all are said to be recorded.</summary>
    private static long[] Record(SimulatedCluster cluster, int node, int number)
    {
        NodeDoor door = cluster.On(node);
        door.Commit("cart", $"pair {number}", new RecordedOutcome(Key(number), [1]));
        return [.. door.TryLoad()!.State.Outcomes.Select(static outcome => outcome.At)];
    }

    private static SessionState With(SessionState state, IEnumerable<(int Number, long At)> outcomes)
    {
        foreach ((int number, long at) in outcomes)
        {
            state = state.Apply(new SessionDelta([], [], new RecordedOutcome(Key(number), [1]) { At = at }));
        }

        return state;
    }

    private static IEnumerable<Guid> Keys(SessionState state) =>
        state.Outcomes.Select(static outcome => outcome.RequestKey);

    private static Guid Key(int number) => new(number, 0, 0, new byte[8]);
}
