using System.Globalization;
using SessionCluster.Replication.Membership;

namespace SessionCluster.Simulation;

/// <summary>
/// What is promised with the policy Available while sides serve on their own and after they have met: every side
/// answers; nothing that was acknowledged is lost but where both sides have written the same key, and that is counted;
/// what was removed stays removed; within one lineage a read sees what was acknowledged there before.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="mayLose">Whether processes die, so that the only copies of a side may die with them.</param>
internal sealed class DividedChecker(SimulatedCluster cluster, bool mayLose)
{
    /// <summary>How long after the last change of the network every node has to answer.</summary>
    private readonly TimeSpan _answersWithin = cluster.Options.FoundingPatience * 2;

    /// <summary>
    /// How long one cut pair may keep anybody from going over to another side, or from giving it what it has.
    /// </summary>
    private readonly TimeSpan _goesOverWithin = cluster.Options.FoundingPatience * 3;

    private readonly Dictionary<SessionId, DividedStory> _stories = [];
    private readonly QuietNetwork _quiet = new(cluster);
    private readonly Dictionary<Member, int> _refusedInARow = [];
    private readonly Dictionary<Member, (long Former, long Present)> _views = [];
    private readonly Dictionary<(Member Member, long Lineage), long> _dividedFrom = [];

    /// <summary>
    /// How many requests in a row one node may refuse all the same: a session that several nodes want at once goes from
    /// one to the other, and a commit that was under way to the former one may come too late.
    /// </summary>
    private const int RefusedInARowMaximum = 3;

    /// <summary>
    /// At how many looks in a row a process that goes over to nobody may have what the other side lacks: it always has
    /// when a session has just ended there of which it has a copy yet, until it has said so.
    /// </summary>
    private const int LaggingInARowMaximum = 3;

    private readonly Dictionary<Member, int> _laggingInARow = [];

    /// <summary>
    /// Whether each node has to answer, however often it is asked. Not where one way alone is cut, and somebody asks
    /// all nodes: what is led at the other end of it this one cannot answer.
    /// </summary>
    public bool EachNodeAnswers { get; init; } = true;

    /// <summary>How many lineages were begun.</summary>
    public int Divisions { get; private set; }

    /// <summary>How many merges were reported.</summary>
    public int Merges { get; private set; }

    /// <summary>How many values were reported as overwritten.</summary>
    public int Overwritten { get; private set; }

    /// <summary>The key under which a commit leaves its trace, which no other commit writes.</summary>
    public static string TraceKey(long number) => string.Create(CultureInfo.InvariantCulture, $"w{number}");

    /// <summary>What a commit was made of, before anything else is merged into it and it is answered.</summary>
    /// <param name="process">Who has taken the step.</param>
    /// <param name="session">The session of the commit that it took, from a request or forwarded; nothing
    /// otherwise.</param>
    public void Stepped(SimulatedProcess process, SessionId? session)
    {
        long view = process.Machine.View.Number;
        if (!_views.TryGetValue(process.Member, out (long Former, long Present) known) || known.Present != view)
        {
            _views[process.Member] = (known.Present, view);
        }

        if (session is { } changed)
        {
            StoryOf(changed).Changed(process);
        }
    }

    public void Completed(SimulatedProcess process, PendingRequest request, Completion completion)
    {
        if (cluster.Ledger.Views.SecondFoundings > 0)
        {
            // Two clusters of one name: nothing is promised; see the protocol's limits.
            return;
        }

        bool isRefused = completion is LoadCompleted { Result: LoadResult.Unavailable }
            or CommitCompleted { Result: CommitResult.Unavailable };
        _refusedInARow[process.Member] = isRefused ? _refusedInARow.GetValueOrDefault(process.Member) + 1 : 0;
        switch (completion)
        {
            case CommitCompleted { Result: CommitResult.Committed } committed when request is CommitRequest commit:
                StoryOf(commit.Of).Committed(process, commit.Write, committed.Version, cluster.History.NextMoment());
                break;
            case CommitCompleted { Result: CommitResult.Committed } when request is RemoveRequest removal:
                StoryOf(removal.Of).IsRemoved = true;
                break;
            case LoadCompleted { Result: LoadResult.Found } found when request is LoadRequest load:
                StoryOf(load.Of).Loaded(process, found.State, request.BeganMoment);
                break;
            case LoadCompleted { Result: LoadResult.NotFound } when request is LoadRequest load:
                FailIf(mayLose ? null : StoryOf(load.Of).WhyNotUnknown(process, request.BeganMoment));
                break;
            case LoadCompleted { Result: LoadResult.Lost } when request is LoadRequest load && !mayLose:
                Fail(load.Of, $"{process.Member} says that it is lost, and nobody has died");
                break;
            case LoadCompleted { Result: LoadResult.Unavailable }
                or CommitCompleted { Result: CommitResult.Unavailable }:
                CheckThatItMayBeAway(process, request);
                break;
        }
    }

    public void Reported(SimulatedProcess process, ClusterEvent happened)
    {
        switch (happened)
        {
            case SidesDivided divided:
                Divisions++;
                _dividedFrom[(process.Member, ViewNumber.LineageOf(divided.View.Number))] =
                    _views[process.Member].Former;
                break;
            case SessionMerged merged:
                Merges++;
                Overwritten += merged.Overwritten;
                StoryOf(merged.Session).Overwritten += merged.Overwritten;
                StoryOf(merged.Session).NoteWhatItHas(process);
                break;
            case SessionBegunAnew begun:
                (Member, long) side =
                    (process.Member, ViewNumber.LineageOf(process.Machine.View.Number));
                StoryOf(begun.Session).BegunAnew(
                    process,
                    cluster.History.NextMoment(),
                    _dividedFrom.TryGetValue(side, out long whole) ? whole : null);
                break;
            case SessionsLost:
                // A member that has nobody left to tell it of its view has given up what it held.
                foreach (DividedStory story in _stories.Values)
                {
                    story.NoteWhatMayGo();
                }

                break;
            case SessionPlaced placed:
                StoryOf(placed.Session).CameIntoForce(process, placed.Configuration);
                break;
            case SessionPromoted promoted:
                StoryOf(promoted.Session).CameIntoForce(process, promoted.Configuration);
                break;
            case SessionTakenOver taken:
                StoryOf(taken.Session).CameIntoForce(process, taken.Configuration);
                break;
            case SessionEnded { Expired: true } ended:
                StoryOf(ended.Session).HasExpired = true;
                StoryOf(ended.Session).BegunAnew(process, cluster.History.NextMoment());
                break;
        }
    }

    public void Inspect()
    {
        _quiet.Look();
        if (cluster.Ledger.Views.SecondFoundings == 0)
        {
            foreach (DividedStory story in _stories.Values)
            {
                FailIf(story.WhyNotHeld());
            }
        }

        if (!mayLose && _quiet.NearlyWholeSince is { } since && cluster.Queue.Now > since + _goesOverWithin)
        {
            foreach (SimulatedProcess process in cluster.ProcessSpan)
            {
                CheckThatItIsNotStuck(process, cluster.Queue.Now - since);
            }
        }
    }

    /// <summary>A process has ended: what it alone knew is not known any more.</summary>
    public void ProcessEnded()
    {
        foreach (DividedStory story in _stories.Values)
        {
            story.ProcessEnded();
        }
    }

    /// <summary>When all is quiet, and all sides have met.</summary>
    public void CheckAtTheEnd()
    {
        foreach (DividedStory story in _stories.Values)
        {
            FailIf(cluster.Ledger.Views.SecondFoundings > 0 ? null : story.WhyNotWhole(mayLose));
        }
    }

    private void CheckThatItMayBeAway(SimulatedProcess process, PendingRequest request)
    {
        if (EachNodeAnswers && !mayLose && _refusedInARow[process.Member] > RefusedInARowMaximum
            && _quiet.Since is { } since && request.BeganAt > since + _answersWithin)
        {
            throw new SimulationFailedException(
                $"{process.Member} answers {request.Session} with Unavailable, "
                + $"{request.BeganAt - since} after the network has last changed");
        }
    }

    private void CheckThatItIsNotStuck(SimulatedProcess process, TimeSpan quietFor)
    {
        bool isTaken = process.Machine.View.Contains(process.Member) || process.Machine.Inspection.MayJoin;
        bool isLagging = process.Machine.View.Number > 0 && !isTaken;
        int inARow = isLagging ? _laggingInARow.GetValueOrDefault(process.Member) + 1 : 0;
        _laggingInARow[process.Member] = inARow;
        if (process.Machine.Inspection.IsGoingOver || inARow > LaggingInARowMaximum)
        {
            throw new SimulationFailedException(
                $"{process.Member} still has what the other side lacks, {quietFor} after the network has last changed");
        }
    }

    private DividedStory StoryOf(SessionHistory session) => StoryOf(session.Id);

    private DividedStory StoryOf(SessionId session)
    {
        if (!_stories.TryGetValue(session, out DividedStory? story))
        {
            story = new DividedStory(cluster, session);
            _stories.Add(session, story);
        }

        return story;
    }

    private static void Fail(SessionHistory session, string reason) =>
        throw new SimulationFailedException($"session {session.Name}: {reason}");

    private static void FailIf(string? reason)
    {
        if (reason is not null)
        {
            throw new SimulationFailedException(reason);
        }
    }
}
