using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// Brings what is handed in here to the member that is to take it, and helps whoever cannot reach that one: a session
/// that is led on this side comes here; and where there is none, what was given is passed on to the member that is to
/// begin it, and the session comes here as soon as it is recorded.
/// </summary>
internal sealed class HandInRouting(
    NodeContext context, HandInAnswers answers, TakeOvers takeOvers, Ownership ownership, FirstSearches firsts)
{
    private readonly HashSet<(Member, SessionId)> _sentOn = [];
    private readonly Dictionary<SessionId, (Member From, HandIn Given)> _comingHere = [];

    /// <summary>
    /// Who was sent on and comes again cannot reach the owner; so the session comes here, if there is one on this side.
    /// Else the owner hears of it, and begins it.
    /// </summary>
    public void SendOn(Member from, HandIn given, Member owner, in Location location)
    {
        if (_sentOn.Add((from, given.Session)) || context.Settings.Role == MemberRole.Voter
            || (!location.IsRecorded && location.Copy is not null))
        {
            context.Send(from, new HandedIn(given.Session, given.Sequence, HandInVerdict.Elsewhere, owner));
        }
        else if (location.IsRecorded && !ownership.IsOutOfReach(location))
        {
            _comingHere[given.Session] = (from, given);
            takeOvers.Ask(given.Session, owner);
        }
        else
        {
            PassOn(from, given, owner, location);
        }
    }

    /// <summary>A session is served here from now on.</summary>
    /// <returns>What it was taken over for; nothing, where it was not for the sake of what was handed in.</returns>
    public (Member From, HandIn Given)? Came(SessionId session) =>
        _comingHere.Remove(session, out (Member From, HandIn Given) waiting) ? waiting : null;

    /// <summary>
    /// Whether a session is taken over for the sake of what was handed in, and that is not merged yet.
    /// </summary>
    public bool AwaitsSession(SessionId session) => _comingHere.ContainsKey(session);

    public void ViewChanged()
    {
        _sentOn.Clear();
        _comingHere.Clear();
    }

    /// <summary>
    /// Only one member may begin a session, or there would be two of it. What this one was given is answered when that
    /// is recorded here and the session has come, or has ended: the other member's answer could be that to another one
    /// who has handed in the same.
    /// </summary>
    private void PassOn(Member from, HandIn given, Member owner, in Location location)
    {
        if (!given.HasValues && !given.Configuration.Placement.IsRemoved)
        {
            answers.Answer(from, given, HandInVerdict.NeedsState);
            return;
        }

        long counter = Math.Max(given.Configuration.Counter, location.Counter);
        HandIn passed = given with { Configuration = given.Configuration with { Counter = counter } };
        bool mayBeginAtOnce = location.IsRecorded || given.Configuration.Placement.IsRemoved;
        if (mayBeginAtOnce)
        {
            context.Send(owner, passed);
        }

        if (!location.IsRecorded)
        {
            // The owner may not reach everybody either; and what it has recorded this member may lack.
            firsts.AskIfUnknown(given.Session, mayBeginAtOnce ? static () => { } : () => context.Send(owner, passed));
        }
    }
}
