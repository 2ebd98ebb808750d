using SessionCluster.Replication;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Tests.Simulation;

/// <summary>What becomes of the states that sides have made of one session, without a cluster around them.</summary>
public sealed class SessionMergeTests
{
    private const long Whole = 3;
    private const long OneSide = (5L << 24) + 1;
    private const long OtherSide = (7L << 24) + 1;
    private static readonly NodeId First = new("node1");
    private static readonly NodeId Second = new("node2");

    [Fact]
    public void A_copy_that_was_left_behind_does_not_bring_back_what_was_overwritten_and_removed()
    {
        var left = Commit(Commit(SessionState.Empty, Whole, 1, First, "shoes", 1), Whole, 2, First, "hat", 1);
        var present = Commit(left, Whole, 3, First, "shoes", 2).Apply(
            new SessionDelta([], ["hat"]), new ChangeStamp(Whole, 4, First));

        var merge = SessionMerge.Of(present, left);

        Assert.False(merge.IsChanged);
        Assert.Equal("shoes=2", Content(merge.State));
        Assert.Empty(merge.Overwritten);
    }

    /// <summary>
    /// Seeds 181 and 660: the side had kept marks of an earlier division, and an older value won by them.
    /// </summary>
    [Fact]
    public void After_a_second_division_the_later_value_stays_whatever_the_first_has_left()
    {
        var common = Commit(SessionState.Empty, Whole, 1, First, "shoes", 1);
        var one = Commit(common, OneSide, 2, First, "shoes", 2);
        var united = SessionMerge.Of(common, one).State;
        var later = Commit(united, Whole + 1, 3, Second, "shoes", 3);
        var latest = Commit(later, Whole + 2, 4, First, "shoes", 4);

        Assert.Equal("shoes=4", Content(SessionMerge.Of(latest, one).State));
        Assert.Equal("shoes=4", Content(SessionMerge.Of(one, latest).State));
        Assert.Empty(SessionMerge.Of(latest, one).Overwritten);
    }

    [Fact]
    public void What_both_have_changed_is_counted_and_the_higher_sequence_stays()
    {
        var common = Commit(SessionState.Empty, Whole, 1, First, "shoes", 1);
        var one = Commit(common, OneSide, 2, First, "shoes", 2);
        var other = Commit(Commit(common, OtherSide, 2, Second, "hat", 1), OtherSide, 3, Second, "shoes", 3);

        var merge = SessionMerge.Of(one, other);

        Assert.Equal("hat=1 shoes=3", Content(merge.State));
        Assert.Equal(new OverwrittenKey("shoes", new ChangeStamp(OneSide, 2, First)), Assert.Single(merge.Overwritten));
    }

    /// <summary>
    /// Found by reading: half of what is remembered was kept for either side, also where one side had but a few. A
    /// request whose key was forgotten so would be executed again.
    /// </summary>
    [Fact]
    public void No_request_is_forgotten_as_long_as_there_is_room_for_both_sides()
    {
        SessionState mine = WithRequests(1, 5);
        SessionState theirs = WithRequests(1000, SessionState.OutcomesMaximum - 10);

        SessionState merged = SessionMerge.Of(mine, theirs).State;

        Assert.Equal(SessionState.OutcomesMaximum - 5, merged.Outcomes.Count);
        Assert.NotNull(merged.OutcomeOf(KeyOf(1)));
        Assert.NotNull(merged.OutcomeOf(KeyOf(1000)));

        static Guid KeyOf(int number) => new(number, 0, 0, new byte[8]);

        static SessionState WithRequests(int first, int count) => SessionState.From(
            [], Enumerable.Range(first, count).Select(number => new RecordedOutcome(KeyOf(number), []) { At = 1 }));
    }

    /// <summary>
    /// Found by reading: all answers but the last few were forgotten, however young, so a second try of a request that
    /// ran beside many others had its outcome but not its answer.
    /// </summary>
    [Fact]
    public void No_young_answer_is_forgotten_as_long_as_there_is_room_for_those_of_both_sides()
    {
        SessionState mine = SessionState.From([], Outcomes(1, SessionState.AnswersMaximum * 3));
        SessionState theirs = SessionState.From([], Outcomes(1000, SessionState.AnswersMaximum * 3));

        SessionState merged = SessionMerge.Of(mine, theirs).State;

        Assert.Equal(SessionState.AnswersMaximum * 6, merged.Outcomes.Count(outcome => outcome.Response is [1]));
        Assert.False(SessionMerge.Of(merged, theirs).IsChanged);
    }

    [Fact]
    public void Of_the_answers_of_both_sides_no_more_stay_than_of_one()
    {
        SessionState mine = SessionState.From([], Outcomes(1, SessionState.YoungAnswersMaximum));
        SessionState theirs = SessionState.From([], Outcomes(1000, SessionState.YoungAnswersMaximum));

        SessionState merged = SessionMerge.Of(mine, theirs).State;

        Assert.Equal(SessionState.YoungAnswersMaximum, merged.Outcomes.Count(outcome => outcome.Response is [1]));
        Assert.All(theirs.Outcomes, outcome => Assert.Equal([1], merged.OutcomeOf(outcome.RequestKey)!.Response));
    }

    [Fact]
    public void A_removal_and_a_change_are_a_conflict_like_any_other()
    {
        var common = Commit(SessionState.Empty, Whole, 1, First, "shoes", 1);
        var one = common.Apply(new SessionDelta([], ["shoes"]), new ChangeStamp(OneSide, 2, First));
        var other = Commit(Commit(common, OtherSide, 2, Second, "hat", 1), OtherSide, 3, Second, "shoes", 3);

        Assert.Equal("hat=1 shoes=3", Content(SessionMerge.Of(one, other).State));
        Assert.Single(SessionMerge.Of(one, other).Overwritten);
    }

    /// <summary>Nothing was answered of it, as whoever was excluded has no lease; so it does not come last.</summary>
    [Fact]
    public void What_an_excluded_process_never_answered_does_not_replace_what_was_answered_since()
    {
        var common = Commit(SessionState.Empty, Whole, 1, First, "shoes", 1);
        var excluded = Commit(Commit(common, Whole, 2, First, "hat", 1), Whole, 3, First, "shoes", 2);
        var served = Commit(common, Whole + 1, 2, Second, "shoes", 3);

        var merge = SessionMerge.Of(served, excluded, excludedFrom: Whole + 1);

        Assert.Equal("hat=1 shoes=3", Content(merge.State));
        Assert.Empty(merge.Overwritten);
    }

    [Fact]
    public void What_was_done_since_a_side_began_anew_stays_and_what_it_had_not_seen_is_counted()
    {
        var had = Commit(Commit(SessionState.Empty, Whole, 1, First, "hat", 1), Whole, 2, First, "shoes", 1);
        var begun = SessionState.Empty.WithMarks(ChangeMarks.OfNothing.BegunWith([new Beginning(OtherSide, Whole)]));
        var anew = Commit(begun, OtherSide, 1, Second, "shoes", 2);

        var merge = SessionMerge.Of(had, anew);

        Assert.Equal("hat=1 shoes=2", Content(merge.State));
        Assert.Single(merge.Overwritten);
    }

    /// <summary>Seed 133: the side's own were kept, and what the other had executed was forgotten at once.</summary>
    [Fact]
    public void Requests_of_both_sides_are_remembered_though_there_are_too_many()
    {
        var mine = SessionState.From([], Outcomes(1, SessionState.OutcomesMaximum));
        var theirs = SessionState.From([], Outcomes(100, 3));

        var merged = SessionMerge.Of(mine, theirs).State;

        Assert.Equal(SessionState.OutcomesMaximum, merged.Outcomes.Count);
        Assert.All(theirs.Outcomes, outcome => Assert.NotNull(merged.OutcomeOf(outcome.RequestKey)));
        Assert.NotNull(merged.OutcomeOf(mine.Outcomes[^1].RequestKey));
    }

    /// <summary>
    /// Seed 5397: of many primaries the first were forgotten, and with them that the others had not seen a whole side.
    /// </summary>
    [Fact]
    public void Nothing_is_taken_for_seen_because_too_many_have_led_the_session()
    {
        var state = SessionState.Empty;
        for (int view = 1; view <= SeenChanges.LinesMaximum + 5; view++)
        {
            state = Commit(state, view, view + 1, First, $"key {view}", 1);
        }

        var other = Commit(SessionState.Empty, OtherSide, 1, Second, "shoes", 1);
        var merged = SessionMerge.Of(state, other).State;

        Assert.True(merged.Marks!.Seen.Contain(new ChangeStamp(OtherSide, 1, Second)));
        Assert.False(merged.Marks.AreComplete);
        Assert.Equal(SeenChanges.LinesMaximum, merged.Marks.Seen.Lines.Count);
    }

    /// <summary>
    /// Found by reading: where many sides had begun the session anew, the line of those that kept their quorum came
    /// first in the order, so its own beginning was forgotten at once, and an older value came back by its sequence.
    /// </summary>
    [Fact]
    public void What_was_done_since_the_latest_beginning_stays_however_many_sides_have_begun_before()
    {
        SessionState had = Commit(SessionState.Empty, Whole, 1, First, "shoes", 1);
        had = Commit(had, Whole, 2, First, "shoes", 2);
        ChangeMarks marks = ChangeMarks.OfNothing;
        for (long side = 1; side <= ChangeMarks.BeginningsMaximum; side++)
        {
            marks = marks.BegunWith([new Beginning((side << 24) + 1, Whole - 2)]);
        }

        SessionState begun = SessionState.Empty.WithMarks(marks.BegunWith([new Beginning(Whole + 1, Whole)]));
        SessionState anew = Commit(begun, Whole + 1, 1, Second, "shoes", 3);

        Assert.Equal(ChangeMarks.BeginningsMaximum, anew.Marks!.Beginnings.Count);
        Assert.Equal("shoes=3", Content(SessionMerge.Of(had, anew).State));
        Assert.Equal("shoes=3", Content(SessionMerge.Of(anew, had).State));
    }

    /// <summary>
    /// Three sides divide and meet at random: in whatever order they do, the result is the same for all.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void In_whatever_order_sides_meet_they_become_the_same(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 200; round++)
        {
            var common = Commit(SessionState.Empty, Whole, 1, First, "a", 1);
            SessionState[] sides = [common, common, common];
            for (int step = 2; step < 12; step++)
            {
                int side = random.Next(3);
                long view = ((side + 2L) << 24) + 1;
                sides[side] = random.Next(4) == 0
                    ? SessionMerge.Of(sides[side], sides[random.Next(3)]).State
                    : Commit(
                        sides[side], view, step, new NodeId($"node{side}"), "abc"[random.Next(3)].ToString(), step);
            }

            var (one, two, three) = (sides[0], sides[1], sides[2]);
            var forward = SessionMerge.Of(SessionMerge.Of(one, two).State, three).State;
            var backward = SessionMerge.Of(three, SessionMerge.Of(two, one).State).State;
            Assert.Equal(Content(forward), Content(backward));
            Assert.False(SessionMerge.Of(forward, one).IsChanged);
            Assert.False(SessionMerge.Of(forward, backward).IsChanged);
        }
    }

    private static SessionState Commit(
        SessionState state, long view, long sequence, NodeId node, string key, int value) =>
        state.Apply(SessionDelta.Setting(key, [(byte)value]), new ChangeStamp(view, sequence, node));

    private static string Content(SessionState state) =>
        string.Join(' ', state.Values.Select(static value => $"{value.Key}={value.Bytes[0]}"));

    private static IEnumerable<RecordedOutcome> Outcomes(int from, int count) => Enumerable.Range(from, count)
        .Select(static number => new RecordedOutcome(new Guid(number, 0, 0, new byte[8]), [1]));
}
