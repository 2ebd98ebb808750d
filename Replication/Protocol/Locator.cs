using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// A session that this node has never heard of is called new only when a quorum has not heard of it either: whatever a
/// quorum has recorded, one of them knows. Who has promised the next view does not count, not even to itself: what is
/// created there it may not hear of.
/// </summary>
internal sealed class Locator(
    NodeContext context, Requests requests, LocationQuestions questions, Confirmations confirmations, FirstSearches firsts)
{
    private readonly Dictionary<SessionId, LocationSearch> _searches = [];

    /// <summary>Called when a location was learned.</summary>
    public required Action<SessionId> Learned { get; init; }

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

        var search = new LocationSearch(questions.NextNumber(), context.Now);
        search.Requests.Add(request);
        search.Ignorant.Add(context.Self);
        _searches.Add(session, search);
        questions.Ask(session, search.Number, search.Ignorant);
        DecideIfUnknown(session, search);
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

        if (confirmations.TryReceive(from, answer))
        {
            return;
        }

        if (firsts.TryReceive(from, answer))
        {
            LearnIfKnown(answer);
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
                questions.Ask(session, search.Number, search.Ignorant);
            }
        }
    }

    public void ViewChanged()
    {
        _searches.Clear();
        confirmations.ViewChanged();
        firsts.ViewChanged();
    }

    private void LearnIfKnown(Located answer)
    {
        if (answer.Configuration.Counter > 0)
        {
            Learn(answer);
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

    private sealed class LocationSearch(long number, Instant askedAt)
    {
        public long Number { get; } = number;

        public Instant AskedAt { get; set; } = askedAt;

        public HashSet<Member> Ignorant { get; } = [];

        /// <summary>The requests that came before anybody was asked.</summary>
        public List<SessionRequest> Requests { get; } = [];
    }
}
