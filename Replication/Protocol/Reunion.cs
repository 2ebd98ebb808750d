using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// How a member goes over to a lineage that beats its own: it serves nothing any more, hands in every copy that it has
/// and every removal that it knows of, and joins as any newcomer when all of it is taken. Until then its copies stay;
/// if the others go out of reach before, or take nothing for long, it serves on as if nothing had been.
/// </summary>
internal sealed class Reunion(NodeContext context, ViewAcceptor acceptor, Heartbeats heartbeats)
{
    /// <summary>How many sessions may be under way at once.</summary>
    private const int Window = 256;

    /// <summary>How often in a row one node is asked to take a session before it is another's turn.</summary>
    private const int AskedInARow = 4;

    private readonly Queue<SessionId> _waiting = new();
    private readonly Dictionary<SessionId, Offer> _offered = [];
    private readonly Dictionary<SessionId, News> _taken = [];
    private View? _home;
    private Member _sponsor;
    private Instant _heardAt;
    private Instant _takenAt;
    private Instant _restsUntil = Instant.Zero;
    private Instant _nextAt = Instant.Zero;

    /// <summary>
    /// How long nothing need be taken until this process serves on; and for how long, before it tries again. An answer
    /// over a slow way, which asks for the values first, comes in that time.
    /// </summary>
    private TimeSpan Patience => context.Settings.FoundingPatience * 3;

    public bool IsBusy => context.IsGoingOver || _offered.Count > 0;

    /// <summary>
    /// Whether this process, which its view does not include, may become a member: all that it has is taken. While it
    /// was away sessions may have been begun anew of which it has the only copies.
    /// </summary>
    public bool MayJoin => !context.Settings.ServesDivided || (_waiting.Count == 0 && _offered.Count == 0 && IsAllTaken());

    /// <summary>Looks for a lineage to go over to, and sees how far that has come.</summary>
    public void Tick()
    {
        if (context.Now >= _nextAt && context.Settings.ServesDivided && context.Peers.All.Any(static peer => peer.IsElsewhere))
        {
            _nextAt = context.Now + (context.Settings.HeartbeatInterval / 2);
            Ask();
        }

        if (context.IsGoingOver && context.Now - _heardAt > context.Settings.SuspectAfter)
        {
            Stop();
        }

        if (context.IsGoingOver && context.Views.IsServing && context.Now - _takenAt > Patience)
        {
            // Too many ways are cut over there for all that it takes.
            _restsUntil = context.Now + Patience;
            Stop();
        }

        if (!context.IsGoingOver && !context.Views.IsMember && context.Settings.ServesDivided)
        {
            PrepareToJoin();
        }

        if (context.IsGoingOver || !context.Views.IsMember)
        {
            Repeat();
            HandInMore();
        }
    }

    /// <summary>This process is a member: what it still has is what it should have.</summary>
    public void Joined()
    {
        _waiting.Clear();
        _offered.Clear();
        _taken.Clear();
        if (context.IsGoingOver && _home is { } home && ViewNumber.AreRelated(home.Number, context.Views.Current.Number))
        {
            Stop();
        }
    }

    /// <summary>A peer has shown that it lives in another lineage.</summary>
    public void Noticed()
    {
        if (!context.IsGoingOver)
        {
            Tick();
        }
    }

    /// <summary>
    /// A member of another lineage that may serve has told its view. One that is no node takes nothing, so nobody goes
    /// over on its word.
    /// </summary>
    public void Receive(Member from, ViewInstall install)
    {
        bool isNode = install.View.Members.Any(member => member.Member == from && member.Role == MemberRole.Node);
        bool isBetter = _home is null || !context.IsGoingOver
            || !ViewNumber.Beats(_home.Number, install.View.Number);
        if (context.HasLeft || !isNode || !isBetter || IsLateFellow(from, install.View) || !GoesOverTo(install.View.Number)
            || (context.Views.IsServing && context.Now < _restsUntil))
        {
            return;
        }

        if (!context.IsGoingOver || ViewNumber.Beats(install.View.Number, _home!.Number))
        {
            Start();
        }

        (_home, _sponsor, _heardAt) = (install.View, from, context.Now);
        HandInMore();
        if (_waiting.Count == 0 && _offered.Count == 0 && !install.View.Contains(context.Self))
        {
            // What was under way when this began may have come true since: a removal of what was taken as it lived.
            Gather();
            HandInMore();
            if (_offered.Count == 0)
            {
                GoOver(install.View);
            }
        }
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
                _offered.Remove(answer.Session);
                _taken[answer.Session] = offer.News;
                _takenAt = context.Now;
                HandInMore();
                break;
            case HandInVerdict.NeedsState:
                offer.IsStateNeeded = true;
                Send(answer.Session, offer);
                HandInMore();
                break;
            default:
                // Whoever is asked in vain is asked again with the next repetition, and then gets the session itself.
                if (offer.To == from && offer.Owner is null && context.Peers.IsLinked(answer.Owner))
                {
                    offer.Owner = answer.Owner;
                    Send(answer.Session, offer);
                }

                break;
        }
    }

    /// <summary>Whether a member of this group, which has agreed to divide with it, has only not done so yet.</summary>
    private bool IsLateFellow(Member from, View view) =>
        view.Number == context.Views.DividedFrom && context.Views.Current.Contains(from);

    /// <summary>
    /// Where no node serves in the lineage of this process, or its view has no node any more, any other one will do.
    /// </summary>
    private bool GoesOverTo(long number)
    {
        View current = context.Views.Current;
        if (number == 0 || ViewNumber.AreRelated(number, current.Number))
        {
            return false;
        }

        bool isLost = !context.Views.IsServing && !Array.Exists(context.Peers.All, IsInTouchHere);
        bool isEmpty = current.Members.All(static member => member.Role == MemberRole.Voter);
        return isLost || isEmpty || ViewNumber.Beats(number, current.Number);
    }

    /// <summary>
    /// Whether a peer is a node that serves in the lineage of this process. One that stays in an earlier view may be
    /// waiting for this very process, as it cannot know who else has gone on.
    /// </summary>
    private bool ServesHere(Peer peer) => peer is
    {
        Link: not null, HasReported: true, IsElsewhere: false, View: > 0, Status: MemberStatus.Up, Role: MemberRole.Node,
    } && (peer.View >= context.Views.Current.Number || context.Now - context.Views.EnteredAt < context.Settings.SuspectAfter);

    /// <summary>A connection over a cut way lasts for long, and tells nothing new: who was there may live elsewhere now.</summary>
    private bool IsInTouchHere(Peer peer) =>
        ServesHere(peer) && context.Now - peer.LastHeard < context.Settings.FoundingPatience;

    /// <summary>
    /// Asks one that may serve in the best of the other lineages; all of them, as long as none has answered.
    /// </summary>
    private void Ask()
    {
        if (context.IsGoingOver && context.Now - _heardAt < context.Settings.SuspectAfter / 2)
        {
            context.Send(_sponsor, new JoinRequest(ViewNumber.None, context.Settings.Role));
            return;
        }

        foreach (Peer peer in context.Peers.All)
        {
            if (peer is { Link: { } process, IsElsewhere: true, Status: MemberStatus.Up, Role: MemberRole.Node }
                && GoesOverTo(peer.View))
            {
                context.Send(process, new JoinRequest(ViewNumber.None, context.Settings.Role));
            }
        }
    }

    private void Start()
    {
        context.IsGoingOver = true;
        _takenAt = context.Now;
        heartbeats.ReportPermission();
        _taken.Clear();
        Gather();
    }

    /// <summary>
    /// The others went on without this process; their view is of the same lineage, so no removal is news.
    /// </summary>
    private void PrepareToJoin()
    {
        if (_waiting.Count == 0 && _offered.Count == 0 && !IsAllTaken())
        {
            Gather();
        }

        Peer? sponsor = context.Peers.All.FirstOrDefault(
            peer => ServesHere(peer) && !context.Peers.IsSilent(peer, context.Now));
        _sponsor = sponsor?.Link ?? default;
    }

    private void Gather()
    {
        _waiting.Clear();
        _offered.Clear();
        foreach ((SessionId session, Location location) in context.Map.All())
        {
            if (HasNews(location) && !IsTaken(session, location))
            {
                _waiting.Enqueue(session);
            }
        }
    }

    private bool IsAllTaken()
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

    private bool IsTaken(SessionId session, in Location location) =>
        _taken.TryGetValue(session, out News taken) && taken == NewsOf(location);

    private void Stop()
    {
        context.IsGoingOver = false;
        _waiting.Clear();
        _offered.Clear();
    }

    private void GoOver(View view)
    {
        int sessions = _taken.Count;
        Stop();
        _home = null;
        acceptor.GoOver(view);
        context.Report(new SidesReunited(view, sessions));
    }

    private void HandInMore()
    {
        while (_offered.Count < Window && _waiting.TryDequeue(out SessionId session))
        {
            if (context.Map.TryGet(session, out Location location) && HasNews(location))
            {
                var offer = new Offer { IsStateNeeded = AreValuesNeeded(location.Copy) };
                _offered.Add(session, offer);
                Send(session, offer);
            }
        }
    }

    private void Repeat()
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

        HandInMore();
    }

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
        && peer.View == (context.IsGoingOver && _home is { } home ? home.Number : context.Views.Current.Number);

    /// <summary>Whether there is something of a session here that the others may lack.</summary>
    private static bool HasNews(in Location location) => location.Copy is not null || IsEnd(location);

    private static bool IsEnd(in Location location) => location.Placement is { IsRemoved: true, IsExpired: false };

    private static News NewsOf(in Location location) => new(location.Copy?.Sequence ?? 0, IsEnd(location));

    private void Send(SessionId session, Offer offer)
    {
        if (!context.Map.TryGet(session, out Location location) || !HasNews(location))
        {
            // What this process had of it has gone since, with the cluster to which it belonged.
            _offered.Remove(session);
            return;
        }

        offer.News = NewsOf(location);
        offer.To = offer.Owner ?? TakerOf(offer);
        offer.Asked.Add(offer.To);
        offer.SentAt = context.Now;
        context.Send(offer.To, new HandIn(
            context.IsGoingOver && _home is { } home ? home.Number : context.Views.Current.Number,
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

        public Member? Owner { get; set; }

        public Member To { get; set; }

        /// <summary>Who may answer: on a slow way an answer comes when another is asked already.</summary>
        public HashSet<Member> Asked { get; } = [];

        public int Repeated { get; set; }

        public Instant SentAt { get; set; }
    }
}
