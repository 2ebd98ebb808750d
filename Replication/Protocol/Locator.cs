using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// A session that this node has never heard of is called new only when a quorum has not heard of it either: whatever a
/// quorum has recorded, one of them knows. Who has promised the next view does not count, not even to itself: what is
/// created there it may not hear of.
/// </summary>
internal sealed class Locator(NodeContext context, Requests requests)
{
    /// <summary>For how many times the silence that makes a member suspect what another has answered counts.</summary>
    private const int SlownessMaximum = 3;

    private readonly Dictionary<SessionId, LocationSearch> _searches = [];
    private readonly Dictionary<SessionId, EndSearch> _ends = [];
    private readonly Dictionary<SessionId, FirstSearch> _firsts = [];
    private long _numbers;

    /// <summary>Called when a location was learned.</summary>
    public required Action<SessionId> Learned { get; init; }

    /// <summary>Called when it is known that a quorum has recorded a session's end.</summary>
    public required Action<SessionId> EndConfirmed { get; init; }

    /// <summary>
    /// Called when it is known that a quorum has recorded a configuration, of that counter or later, without this node.
    /// </summary>
    public required Action<SessionId, long> PassedOn { get; init; }

    /// <summary>Whether the end that is recorded here of a session may be known to few only.</summary>
    public required Func<SessionId, bool> MayStillLive { get; init; }

    /// <summary>
    /// Searches for a request that is parked. One that comes while a search runs waits for the next: the session may
    /// have been created after the running one was answered.
    /// </summary>
    public void Search(SessionRequest request)
    {
        SessionId session = request.Session;
        if (_searches.ContainsKey(session))
        {
            return;
        }

        var search = new LocationSearch(++_numbers, context.Now);
        search.Requests.Add(request);
        search.Ignorant.Add(context.Self);
        _searches.Add(session, search);
        Ask(session, search.Number, search.Ignorant);
        DecideIfUnknown(session, search);
    }

    /// <summary>
    /// Asks whether a quorum has recorded the end of a session as this node has, or knows nothing of it any more. An
    /// end that is news to others may come to nothing; whoever recorded it may be cut off, and this node with it.
    /// </summary>
    public void ConfirmEnd(SessionId session, long counter) =>
        Confirm(session, new EndSearch(++_numbers, counter, isEnd: true));

    /// <summary>Asks whether a quorum has recorded that a session is held by others, as this node has.</summary>
    public void ConfirmPassing(SessionId session, long counter) =>
        Confirm(session, new EndSearch(++_numbers, counter, isEnd: false));

    private void Confirm(SessionId session, EndSearch search)
    {
        search.Agreeing.Add(context.Self);
        _ends[session] = search;
        foreach (ViewMember member in context.Views.Current.Span)
        {
            if (member.Member != context.Self)
            {
                context.Send(member.Member, new Locate(search.Number, session));
            }
        }

        DecideIfEnded(session, search);
    }

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
            search = new FirstSearch(++_numbers, context.Now);
            search.Ignorant.Add(context.Self);
            _firsts[session] = search;
        }

        if (search.AskedAt is not { } askedAt || context.Now - askedAt >= context.Settings.SuspectAfter)
        {
            (search.AskedAt, search.IsUnknown) = (context.Now, isUnknown);
            Ask(session, search.Number, search.Ignorant);
            DecideIfFirst(session, search);
        }
    }

    /// <summary>
    /// An end that may come to nothing is told to nobody: whoever asks has never heard of the session, and would call
    /// it gone. It asks again, and others, who may know of it as it was.
    /// </summary>
    public void Receive(Member from, Locate question)
    {
        if (context.Views is { IsServing: true, IsSealed: false } && context.Views.Current.Contains(from))
        {
            context.Map.TryGet(question.Session, out Location location);
            if (location.Placement is not { IsRemoved: true } || !MayStillLive(question.Session))
            {
                context.Send(from, new Located(question.Request, question.Session, location.Configuration));
            }
        }
    }

    /// <summary>
    /// What a member has recorded in an earlier view may be known to a few only and come to nothing; it is asked again
    /// when it has entered this one. Each tells that it has before it says anything else.
    /// </summary>
    public void Receive(Member from, Located answer)
    {
        if (context.Peers.Find(from.Node)?.View != context.Views.Current.Number)
        {
            return;
        }

        if (_ends.TryGetValue(answer.Session, out EndSearch? end) && end.Number == answer.Request)
        {
            if (end.IsEnd ? IsPast(answer.Configuration, end) : IsPassedOn(answer.Configuration, end))
            {
                end.Agreeing.Add(from);
                DecideIfEnded(answer.Session, end);
            }

            return;
        }

        if (_firsts.TryGetValue(answer.Session, out FirstSearch? first) && first.Number == answer.Request)
        {
            Receive(from, answer, first);
            return;
        }

        if (!_searches.TryGetValue(answer.Session, out LocationSearch? search) || search.Number != answer.Request)
        {
            return;
        }

        if (answer.Configuration.Counter == 0)
        {
            search.Ignorant.Add(from);
            DecideIfUnknown(answer.Session, search);
            return;
        }

        _searches.Remove(answer.Session);
        Learn(answer);
    }

    /// <summary>Whether somebody was asked for a session.</summary>
    public bool IsBusy => _searches.Count > 0;

    public void Tick()
    {
        foreach ((SessionId session, LocationSearch search) in _searches.ToArray())
        {
            if (!requests.IsWaiting(session))
            {
                _searches.Remove(session);
            }
            else if (context.Now - search.AskedAt >= context.Settings.HolderPatience)
            {
                search.AskedAt = context.Now;
                Ask(session, search.Number, search.Ignorant);
            }
        }
    }

    public void ViewChanged()
    {
        _searches.Clear();
        _ends.Clear();
        _firsts.Clear();
    }

    private void Receive(Member from, Located answer, FirstSearch search)
    {
        if (answer.Configuration.Counter > 0)
        {
            _firsts.Remove(answer.Session);
            Learn(answer);
        }
        else
        {
            search.Ignorant.Add(from);
            DecideIfFirst(answer.Session, search);
        }
    }

    private void Learn(Located answer)
    {
        if (!context.Views.IsSealed && context.Map.RecordIfNewer(answer.Session, answer.Configuration))
        {
            Learned(answer.Session);
        }

        requests.Resume(answer.Session);
    }

    private void DecideIfFirst(SessionId session, FirstSearch search)
    {
        if (context.Views.Current.Members.All(
            member => search.Ignorant.Contains(member.Member) || context.Peers.IsGone(member.Member)))
        {
            _firsts.Remove(session);
            search.IsUnknown();
        }
    }

    private void Ask(SessionId session, long number, HashSet<Member> ignorant)
    {
        foreach (ViewMember member in context.Views.Current.Span)
        {
            if (!ignorant.Contains(member.Member))
            {
                context.Send(member.Member, new Locate(number, session));
            }
        }
    }

    /// <summary>
    /// Whether a session has ended for a member as it has here, or is not known to it at all. It may have forgotten the
    /// end, or may have come since; but what was recorded before the end, if that is not agreed, it would know.
    /// </summary>
    private static bool IsPast(Configuration known, EndSearch end) =>
        known.Counter == 0 || (known.Counter >= end.Counter && !known.Placement.IsAlive);

    private bool IsPassedOn(Configuration known, EndSearch search) =>
        known.Counter >= search.Counter && known.Placement.IsAlive && !known.Placement.Contains(context.Self);

    private void DecideIfEnded(SessionId session, EndSearch search)
    {
        if (!Quorum.HasDecided(context.Views.Current, search.Agreeing.Contains, context.Peers, context.Now))
        {
            return;
        }

        _ends.Remove(session);
        if (search.IsEnd)
        {
            EndConfirmed(session);
        }
        else
        {
            PassedOn(session, search.Counter);
        }
    }

    private void DecideIfUnknown(SessionId session, LocationSearch search)
    {
        if (context.Map.TryGet(session, out _))
        {
            _searches.Remove(session);
            requests.Resume(session);
        }
        else if (!context.Views.IsSealed
            && Quorum.MayServe(context.Views.Current, search.Ignorant.Contains, context.Peers, context.Now))
        {
            _searches.Remove(session);
            foreach (SessionRequest request in search.Requests)
            {
                requests.Fail(request, CommitResult.NotFound);
            }

            requests.Resume(session);
        }
    }

    private sealed class EndSearch(long number, long counter, bool isEnd)
    {
        public long Number { get; } = number;

        /// <summary>The counter under which this node has recorded the end, or the others' configuration.</summary>
        public long Counter { get; } = counter;

        /// <summary>Whether it is asked for the session's end; else for the end of this node's part in it.</summary>
        public bool IsEnd { get; } = isEnd;

        public HashSet<Member> Agreeing { get; } = [];
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

    private sealed class LocationSearch(long number, Instant askedAt)
    {
        public long Number { get; } = number;

        public Instant AskedAt { get; set; } = askedAt;

        public HashSet<Member> Ignorant { get; } = [];

        /// <summary>The requests that came before anybody was asked.</summary>
        public List<SessionRequest> Requests { get; } = [];
    }
}
