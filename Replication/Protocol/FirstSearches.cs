using SessionCluster.Replication.Membership;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// Before a session begins here that a member of another side has brought, every member is asked for it: a quorum is not
/// enough, as what one of them knows may be recorded by a few only.
/// </summary>
internal sealed class FirstSearches(NodeContext context, LocationQuestions questions)
{
    /// <summary>For how many times the silence that makes a member suspect what another has answered counts.</summary>
    private const int SlownessMaximum = 3;

    private readonly Dictionary<SessionId, FirstSearch> _firsts = [];

    /// <summary>
    /// Asks all members whether any of them knows a session that a member of another side has brought. One that does,
    /// or does not answer, prevents that it begins here. Whoever has answered is not asked again for a while: an answer
    /// over a slow way would else always be one to a former question.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="isUnknown">Called when all have said that they do not know it.</param>
    public void AskIfUnknown(SessionId session, Action isUnknown)
    {
        if (!_firsts.TryGetValue(session, out FirstSearch? search)
            || context.Now - search.BeganAt >= context.Settings.SuspectAfter * SlownessMaximum)
        {
            search = new FirstSearch(questions.NextNumber(), context.Now);
            search.Ignorant.Add(context.Self);
            _firsts[session] = search;
        }

        if (search.AskedAt is not { } askedAt || context.Now - askedAt >= context.Settings.SuspectAfter)
        {
            (search.AskedAt, search.IsUnknown) = (context.Now, isUnknown);
            questions.Ask(session, search.Number, search.Ignorant);
            DecideIfFirst(session, search);
        }
    }

    /// <summary>Takes what a member of the view has recorded, where that is an answer to one of these questions.</summary>
    /// <returns>Whether it is.</returns>
    public bool TryReceive(Member from, Located answer)
    {
        if (!_firsts.TryGetValue(answer.Session, out FirstSearch? search) || search.Number != answer.Request)
        {
            return false;
        }

        if (answer.Configuration.Counter > 0)
        {
            _firsts.Remove(answer.Session);
        }
        else
        {
            search.Ignorant.Add(from);
            DecideIfFirst(answer.Session, search);
        }

        return true;
    }

    public void ViewChanged() => _firsts.Clear();

    private void DecideIfFirst(SessionId session, FirstSearch search)
    {
        if (context.Views.Current.Members.All(
            member => search.Ignorant.Contains(member.Member) || context.Peers.IsGone(member.Member)))
        {
            _firsts.Remove(session);
            search.IsUnknown();
        }
    }

    private sealed class FirstSearch(long number, Instant beganAt)
    {
        public long Number { get; } = number;

        public Instant BeganAt { get; } = beganAt;

        /// <summary>When those who had not answered were asked last.</summary>
        public Instant? AskedAt { get; set; }

        /// <summary>What to do when nobody knows it, as whoever has brought it last wants it.</summary>
        public Action IsUnknown { get; set; } = static () => { };

        public HashSet<Member> Ignorant { get; } = [];
    }
}
