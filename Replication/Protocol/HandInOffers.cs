using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// What a process hands in to the others before it joins them: every copy that it has and every removal that it knows
/// of, some at a time, each to one node after another until it is taken.
/// </summary>
internal sealed class HandInOffers(NodeContext context)
{
    /// <summary>How often in a row one node is asked to take a session before it is another's turn.</summary>
    private const int AskedInARow = 4;

    private readonly Queue<SessionId> _waiting = new();
    private readonly Dictionary<SessionId, Offer> _offered = [];
    private readonly Dictionary<SessionId, News> _taken = [];
    private long _bytesOffered;
    private Member _sponsor;
    private View? _home;

    private long ViewToJoin => _home?.Number ?? context.Views.Current.Number;

    /// <summary>Whether somebody has been asked to take something and has not done so.</summary>
    public bool AreUnderWay => _offered.Count > 0;

    /// <summary>Whether nothing is left of what was gathered.</summary>
    public bool AreDone => _waiting.Count == 0 && _offered.Count == 0;

    /// <summary>How many sessions the others have taken.</summary>
    public int Taken => _taken.Count;

    /// <summary>When a session was taken last, or all of it was begun.</summary>
    public Instant TakenAt { get; private set; }

    /// <summary>Says to whom what is here is offered.</summary>
    /// <param name="sponsor">Who is asked first.</param>
    /// <param name="home">The view that this process wants to go over to; null for the one that it knows.</param>
    public void AimAt(Member sponsor, View? home) => (_sponsor, _home) = (sponsor, home);

    /// <summary>Begins anew: what was taken before was taken by others.</summary>
    public void Begin()
    {
        TakenAt = context.Now;
        _taken.Clear();
        Gather();
    }

    /// <summary>Offers nothing any more; what is taken stays so.</summary>
    public void Stop()
    {
        _waiting.Clear();
        _offered.Clear();
        _bytesOffered = 0;
    }

    /// <summary>Forgets all of it.</summary>
    public void Clear()
    {
        Stop();
        _taken.Clear();
    }

    /// <summary>Gathers what is not taken yet, as it is now.</summary>
    public void Gather()
    {
        Stop();
        foreach ((SessionId session, Location location) in context.Map.All())
        {
            if (HasNews(location) && !IsTaken(session, location))
            {
                _waiting.Enqueue(session);
            }
        }
    }

    /// <summary>Whether the others have taken each copy that is here, as it is now.</summary>
    public bool AreAllTaken()
    {
        foreach ((SessionId session, Location location) in context.Map.All())
        {
            if (location.Copy is not null && !IsTaken(session, location))
            {
                return false;
            }
        }

        return true;
    }

    public void Receive(Member from, HandedIn answer)
    {
        if (!_offered.TryGetValue(answer.Session, out Offer? offer)
            || offer.Sequence != answer.Sequence || !offer.Asked.Contains(from))
        {
            return;
        }

        switch (answer.Verdict)
        {
            case HandInVerdict.Taken:
                Forget(answer.Session, offer);
                _taken[answer.Session] = offer.News;
                TakenAt = context.Now;
                OfferMore();
                break;
            case HandInVerdict.NeedsState:
                offer.IsStateNeeded = true;
                Send(answer.Session, offer);
                OfferMore();
                break;
            default:
                SendOn(from, answer, offer);
                break;
        }
    }

    /// <summary>Offers as much as may be under way at once.</summary>
    public void OfferMore()
    {
        while (_offered.Count < context.Settings.HandInsAtOnce && _bytesOffered < context.Settings.ProtectionWindowBytes
            && _waiting.TryDequeue(out SessionId session))
        {
            if (context.Map.TryGet(session, out Location location) && HasNews(location))
            {
                var offer = new Offer
                {
                    IsStateNeeded = AreValuesNeeded(location.Copy), Bytes = location.Copy?.Bytes ?? 0,
                };
                _offered.Add(session, offer);
                _bytesOffered += offer.Bytes;
                Send(session, offer);
            }
        }
    }

    /// <summary>
    /// Whoever is asked once more gets the session itself: at once where the owner is out of reach, and else with the
    /// next repetition. But only the first time at once: two who answer one another would never rest.
    /// </summary>
    private void SendOn(Member from, HandedIn answer, Offer offer)
    {
        if (offer.To != from || offer.Owner is not null)
        {
            return;
        }

        if (context.Peers.IsLinked(answer.Owner))
        {
            offer.Owner = answer.Owner;
            Send(answer.Session, offer);
        }
        else if (offer.Repeated == 0)
        {
            offer.Repeated = 1;
            Send(answer.Session, offer);
        }
    }

    private void Forget(SessionId session, Offer offer)
    {
        _offered.Remove(session);
        _bytesOffered -= offer.Bytes;
    }

    /// <summary>Offers again what was not answered, and as much more as may be under way.</summary>
    public void Repeat()
    {
        foreach ((SessionId session, Offer offer) in _offered)
        {
            if (context.Now - offer.SentAt >= context.Settings.HolderPatience)
            {
                offer.Owner = null;
                offer.Repeated++;
                Send(session, offer);
            }
        }

        OfferMore();
    }

    private bool IsTaken(SessionId session, in Location location) =>
        _taken.TryGetValue(session, out News taken) && taken == NewsOf(location);

    /// <summary>Whoever is asked in vain may not reach those that it would need, and another may.</summary>
    private Member TakerOf(Offer offer)
    {
        int turn = offer.Repeated / AskedInARow;
        if (turn == 0)
        {
            return _sponsor;
        }

        Member[] takers = [.. context.Peers.All.Where(MayTake).Select(static peer => peer.Link!.Value)];
        return takers.Length > 0 ? takers[(Array.IndexOf(takers, _sponsor) + takers.Length + turn) % takers.Length] : _sponsor;
    }

    private bool MayTake(Peer peer) => !context.Peers.IsSilent(peer, context.Now)
        && peer is { Link: not null, HasReported: true, Status: MemberStatus.Up, Role: MemberRole.Node }
        && peer.View == ViewToJoin;

    /// <summary>Whether there is something of a session here that the others may lack.</summary>
    private static bool HasNews(in Location location) => location.Copy is not null || IsEnd(location);

    private static bool IsEnd(in Location location) => location.Placement is { IsRemoved: true, IsExpired: false };

    private static News NewsOf(in Location location) => new(location.Copy?.Sequence ?? 0, IsEnd(location));

    private void Send(SessionId session, Offer offer)
    {
        if (!context.Map.TryGet(session, out Location location) || !HasNews(location))
        {
            // What this process had of it has gone since, with the cluster to which it belonged.
            Forget(session, offer);
            return;
        }

        offer.News = NewsOf(location);
        offer.To = offer.Owner ?? TakerOf(offer);
        offer.Asked.Add(offer.To);
        offer.SentAt = context.Now;
        context.Send(offer.To, new HandIn(
            ViewToJoin,
            session,
            ConfigurationOf(location),
            offer.Sequence,
            location.Copy is { } used ? context.Now - used.LastAccess : TimeSpan.Zero,
            offer.IsStateNeeded ? location.Copy?.State : WithoutValues(location.Copy),
            offer.IsStateNeeded && location.Copy is not null));
    }

    /// <summary>
    /// Whether the others will need the values: this side has changed the session, or what it has seen does not tell.
    /// </summary>
    private bool AreValuesNeeded(SessionCopy? copy)
    {
        long lineage = ViewNumber.LineageOf(context.Views.Current.Number);
        return copy?.State.Marks is { } marks
            && (!marks.AreComplete
                || (lineage != 0 && marks.Seen.Lines.Any(line => ViewNumber.LineageOf(line.View) == lineage)));
    }

    private static SessionState? WithoutValues(SessionCopy? copy) => copy is null ? null
        : SessionState.Empty.WithMarks(new ChangeMarks([], copy.State.Marks?.Seen ?? SeenChanges.Nothing, []));

    private Configuration ConfigurationOf(in Location location)
    {
        if (IsEnd(location) || location.Copy is not { } copy)
        {
            return location.Configuration;
        }

        // A creation that nobody has recorded yet has no placement, and what has expired here has a copy all the same.
        Placement placement = location.Placement is { IsAlive: true } recorded ? recorded : new Placement([context.Self]);
        return new Configuration(Math.Max(Math.Max(copy.CounterUsed, copy.Configuration.Counter), location.Counter), placement);
    }

    /// <summary>What there is of a session here.</summary>
    /// <param name="Copied">The sequence of the copy; 0 where there is none.</param>
    /// <param name="IsEnd">Whether the session is removed.</param>
    private readonly record struct News(long Copied, bool IsEnd);

    private sealed class Offer
    {
        public News News { get; set; }

        /// <summary>
        /// Whose answer it is: an end has a sequence that no copy has had, so that it is not taken with what was before it.
        /// </summary>
        public long Sequence => News.IsEnd ? News.Copied + 1 : News.Copied;

        public bool IsStateNeeded { get; set; }

        public int Bytes { get; init; }

        public Member? Owner { get; set; }

        public Member To { get; set; }

        /// <summary>Who may answer: on a slow way an answer comes when another is asked already.</summary>
        public HashSet<Member> Asked { get; } = [];

        public int Repeated { get; set; }

        public Instant SentAt { get; set; }
    }
}
