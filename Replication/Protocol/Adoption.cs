using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// Begins to serve a session that is handed in and that nobody on this side leads, with the state that it is given, and
/// what was left of it here.
/// </summary>
internal sealed class Adoption(
    NodeContext context,
    Heartbeats heartbeats,
    HandInAnswers answers,
    Replicator replicator,
    Reconfigurer reconfigurer,
    Ownership ownership,
    FirstSearches firsts)
{
    /// <summary>
    /// Whoever is not told here that a session has ended may have joined after it: so all others are asked.
    /// </summary>
    public void AdoptIfUnknown(Member from, HandIn given)
    {
        if (!given.HasValues)
        {
            answers.Answer(from, given, HandInVerdict.NeedsState);
            return;
        }

        firsts.AskIfUnknown(given.Session, () =>
        {
            if (!context.Map.TryGet(given.Session, out Location location) && heartbeats.HasPermission(context.Now)
                && !context.Views.IsSealed && ownership.OwnerOf(null) == context.Self)
            {
                Adopt(from, given, location);
            }
        });
    }

    /// <summary>A session that was created on the other side, or of which this side has no copy.</summary>
    public void Adopt(Member from, HandIn given, in Location location)
    {
        if (given is not { HasValues: true, State: { } theirs })
        {
            answers.Answer(from, given, HandInVerdict.NeedsState);
            return;
        }

        SessionState state = theirs;
        long sequence = given.Sequence;
        if (location.Copy is { } left)
        {
            state = SessionMerge.Of(left.State, theirs).State;
            sequence = Math.Max(left.Sequence, given.Sequence) + 1;
        }

        if (location is { IsRecorded: true, Placement: { IsAlive: true } or { IsLost: true } })
        {
            // This side had more of it, as it has answered, and goes on without that.
            context.Report(new SessionBegunAnew(given.Session));
            state = ownership.AsBegunHere(state);
        }

        SessionCopy copy = reconfigurer.Adopt(
            given.Session, location.Copy, state, sequence, given.Configuration.Counter);
        copy.LastAccess = context.Now - given.Idle;
        replicator.AnswerWhenHeld(copy, answers.Await(from, given, []));
    }
}
