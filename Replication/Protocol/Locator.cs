using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// A session that this node has never heard of is called new only when a quorum has not heard of it either: whatever a
/// quorum has recorded, one of them knows.
/// </summary>
internal sealed class Locator(NodeContext context, Requests requests)
{
    private readonly Dictionary<SessionId, LocationSearch> _searches = [];
    private long _numbers;

    /// <summary>Called when a location was learned.</summary>
    public required Action<SessionId> Learned { get; init; }

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
        Ask(session, search);
        DecideIfUnknown(session, search);
    }

    public void Receive(Member from, Locate question)
    {
        if (context.Views.IsServing && context.Views.Current.Contains(from))
        {
            context.Map.TryGet(question.Session, out Location location);
            context.Send(from, new Located(question.Request, question.Session, location.Configuration));
        }
    }

    public void Receive(Member from, Located answer)
    {
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
        if (!context.Views.IsSealed && context.Map.RecordIfNewer(answer.Session, answer.Configuration))
        {
            Learned(answer.Session);
        }

        requests.Resume(answer.Session);
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
                Ask(session, search);
            }
        }
    }

    public void ViewChanged() => _searches.Clear();

    private void Ask(SessionId session, LocationSearch search)
    {
        foreach (ViewMember member in context.Views.Current.Span)
        {
            if (!search.Ignorant.Contains(member.Member))
            {
                context.Send(member.Member, new Locate(search.Number, session));
            }
        }
    }

    private void DecideIfUnknown(SessionId session, LocationSearch search)
    {
        if (context.Map.TryGet(session, out _))
        {
            _searches.Remove(session);
            requests.Resume(session);
        }
        else if (Quorum.IsReached(context.Views.Current, search.Ignorant.Contains, context.Peers))
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
