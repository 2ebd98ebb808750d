using System.Diagnostics;
using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Protocol;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication;

/// <summary>The parts of one member, and which of them each input is for.</summary>
internal sealed partial class NodeParts
{
    /// <summary>How often the parts are asked for what is due, in ticks a heartbeat interval.</summary>
    private const int TicksPerHeartbeat = 4;

    private readonly NodeContext _context;
    private readonly TimeSpan _tickInterval;
    private readonly MessageRouter _router;
    private readonly MapSync _sync;
    private readonly ViewPlanner _planner;
    private readonly ViewProposer _proposer;
    private readonly Joining _joining;
    private readonly Follower _follower;
    private readonly EndsInDoubt _ends;
    private readonly Requests _requests;
    private readonly Replicator _replicator;
    private readonly OverdueHolders _overdue;
    private readonly HolderChooser _holders;
    private readonly Reconfigurer _reconfigurer;
    private readonly Recorder _recorder;
    private readonly TakeOvers _takeOvers;
    private readonly HandOvers _handOvers;
    private readonly Locator _locator;
    private readonly Exclusions _exclusions;
    private readonly Endings _endings;
    private readonly SessionDesk _desk;
    private readonly ProtectionQueue _protection;
    private readonly Promotions _promotions;
    private readonly Reconciler _reconciler;
    private readonly Absences _absences;
    private readonly LearnedLosses _losses;
    private readonly Expiry _expiry;
    private readonly Repair _repair;
    private readonly CopyComparison _copies;
    private readonly Orphans _orphans;
    private readonly Drain _drain;
    private readonly Rebalancer _rebalancer;
    private readonly Division _division;
    private readonly ViewLearner _learner;
    private readonly PeerNews _news;
    private readonly HandIns _handIns;
    private readonly Reunion _reunion;

    public NodeParts(NodeContext context)
    {
        _context = context;
        _tickInterval = context.Settings.HeartbeatInterval / TicksPerHeartbeat;
        Heartbeats = new Heartbeats(context);
        _division = new Division(context);
        _sync = new MapSync(context);
        var backups = new BackupChooser(context);
        _holders = new HolderChooser(context, backups);
        var sender = new CopySender(context);
        _requests = new Requests(context);
        _replicator = new Replicator(context, sender)
        {
            Requests = _requests,
            MayAnswer = () => !context.Settings.ServesDivided || Heartbeats.HasPermission(context.Now),
        };
        _recorder = new Recorder(context) { Effective = Recorded };
        _reconfigurer = new Reconfigurer(context, sender, _replicator, _recorder, _holders)
        {
            InForce = copy =>
            {
                InForce(copy);
                _handIns!.InForce(copy.Session);
            },
        };
        var protector = new Protector(context, _reconfigurer, _holders);
        _replicator.Reconfigurer = _reconfigurer;
        _replicator.Protector = protector;
        _overdue = new OverdueHolders(context, sender, _replicator, protector);
        _ends = new EndsInDoubt(context, _requests);
        _follower = new Follower(context, _replicator, _reconfigurer, _requests, _ends);
        var keeper = new BackupKeeper(context) { Demoted = _follower.Demote, MayStillLive = _ends.MayStillLive };
        _promotions = new Promotions(context, _reconfigurer);
        var ownership = new Ownership(context, _reconfigurer, _follower, _division);
        _takeOvers = new TakeOvers(context, _reconfigurer, _requests);
        _handOvers = new HandOvers(context, _replicator, ownership, _promotions, _requests);
        _replicator.MayGiveAway = _handOvers.GiveAwayIfQuiet;
        var questions = new LocationQuestions(context);
        var confirmations = new Confirmations(context, questions)
        {
            EndConfirmed = _follower.DropEnded, PassedOn = _follower.DropPassedOn,
        };
        var firsts = new FirstSearches(context, questions);
        _locator = new Locator(context, _requests, questions, confirmations, firsts)
        {
            Learned = _follower.Follow,
            MayStillLive = session => _ends.MayStillLive(session) || _recorder.IsUnderWay(session),
        };
        _exclusions = new Exclusions(context, _replicator, _requests);
        _endings = new Endings(context, _requests, _replicator, _recorder, _follower, ownership, _division);
        _desk = new SessionDesk(
            context, Heartbeats, _requests, _replicator, _reconfigurer, ownership, _endings, _takeOvers, _locator,
            _ends, confirmations, _exclusions, _promotions);
        var answers = new HandInAnswers(context, _requests);
        HandInRouting = new HandInRouting(context, answers, _takeOvers, ownership, firsts);
        var adoption = new Adoption(context, Heartbeats, answers, _replicator, _reconfigurer, ownership, firsts);
        _handIns = new HandIns(
            context, Heartbeats, answers, HandInRouting, adoption, _replicator, _recorder, ownership, _endings,
            _promotions, _ends);
        _requests.Handle = _desk.Handle;
        _protection = new ProtectionQueue(context, _reconfigurer, protector, _holders, _promotions);
        _reconciler = new Reconciler(
            context, _replicator, _reconfigurer, _holders, _follower, _ends, ownership, _endings, _promotions,
            _protection, _requests);
        _absences = new Absences(context);
        _losses = new LearnedLosses(context);
        _expiry = new Expiry(context, Heartbeats, _replicator, _endings, _division, _absences);
        _repair = new Repair(context, _sync);
        _copies = new CopyComparison(context, _replicator, sender);
        _orphans = new Orphans(context, _follower, _ends, confirmations);
        _drain = new Drain(context, _handOvers, _promotions, backups) { Reconsidered = Heartbeats.SendAll };
        _rebalancer = new Rebalancer(context, _reconfigurer, protector, _protection);
        _sync.Recorded = _follower.Learn;
        _sync.Replaced = (record, former) =>
        {
            _ends.NoteIfEnded(record);
            _endings.NoteIfHadEnded(record, former);
            _losses.NoteIfLost(record, former);
        };
        _joining = new Joining(context, _sync) { Lost = DropLost, MayJoin = () => _reunion!.MayJoin };
        var admissions = new Admissions(context);
        _planner = new ViewPlanner(context, admissions, _division)
        {
            // Where no quorum is heard, another view would not come about, and the wish for it would only seal this.
            IsGiftStuck = () => _handOvers.IsStuck && Heartbeats.HasPermission(context.Now),
        };
        _learner = new ViewLearner(context, _sync)
        {
            Activated = Activated,
            Entered = Entered,
            MetStrangers = (from, install) => _reunion!.Receive(from, install),
        };
        var acceptor = new ViewAcceptor(context, _sync, _division, _learner);
        var decision = new ViewDecision(context, admissions, _planner, _division);
        var gathering = new MapGathering(context, _sync, decision) { Came = attempt => _proposer!.MapCame(attempt) };
        _proposer = new ViewProposer(context, _sync, acceptor, _learner, _planner, decision, gathering, _division);
        var offers = new HandInOffers(context);
        _reunion = new Reunion(context, _learner, Heartbeats, offers);
        _news = new PeerNews(context, Heartbeats, _proposer, _overdue, _handOvers, _requests);
        _router = new MessageRouter(context, Heartbeats, _sync, admissions, _proposer, acceptor, _learner, _joining)
        {
            Recorder = _recorder, Replicator = _replicator, Keeper = keeper, Follower = _follower,
            TakeOvers = _takeOvers, HandOvers = _handOvers, Locator = _locator, Requests = _requests, Repair = _repair,
            Copies = _copies, HandIns = _handIns, Offers = offers, Reunion = _reunion, Early = new EarlyMessages(context),
        };
    }

    public Heartbeats Heartbeats { get; }

    public HandInRouting HandInRouting { get; }

    public Reunion Reunion => _reunion;

    public void Receive(Member from, Message message) => _router.Receive(from, message);

    public void Handle(Input input)
    {
        switch (input)
        {
            case LoadSession load:
                Begin(new SessionRequest(load, Deadline));
                break;
            case ReleaseSession release:
                _exclusions.Release(release.Session, release.Load);
                break;
            case CommitSession commit when _news.HasSleptSince(commit.ReadAt):
                _context.Outbox.CompleteCommit(commit.Request, CommitResult.Unavailable, default, null);
                break;
            case CommitSession commit:
                Begin(new SessionRequest(commit, Deadline));
                break;
            case RemoveSession remove:
                Begin(new SessionRequest(remove, Deadline));
                break;
            case TouchSession touch:
                _desk.Touch(touch.Session);
                break;
            case LinkUp up:
                _news.LinkUp(up);
                break;
            case LinkDown down:
                _news.LinkDown(down);
                break;
            case DialRefused refused:
                _news.Refused(refused.Peer, refused.Took);
                break;
            case DialRejected rejected:
                _news.Rejected(rejected.Peer);
                break;
            case AnnounceDrain:
                _context.IsLeavingSoon = true;
                Heartbeats.SendAll();
                break;
            case StartDrain start:
                _drain.Start(start);
                Heartbeats.SendAll();
                break;
            case DeadlineReached:
                break;
            default:
                throw new UnreachableException($"Unknown input {input.GetType().Name}.");
        }
    }

    public void Tick()
    {
        if (_context.HasLeft)
        {
            return;
        }

        _requests.Tick();
        _news.ReportSilence();
        Heartbeats.Tick();
        _requests.ResumeAllIfPermitted(Heartbeats.HasPermission(_context.Now));
        if (!_context.Settings.Replicates)
        {
            _expiry.Tick();
            _drain.Tick();
            return;
        }

        _ends.AnswerDecided();

        LookForSides();
        _sync.Tick();
        _reunion.Tick();
        _joining.Tick();
        _proposer.Tick();
        _recorder.Tick();
        _overdue.Tick();
        _takeOvers.Tick();
        _handOvers.Tick();
        _locator.Tick();
        _protection.Tick();
        _rebalancer.Tick();
        _expiry.Tick();
        _orphans.Tick();
        _copies.Tick();
        _drain.Tick();
        if (_context.HasLeft)
        {
            _requests.Left();
        }
    }

    /// <summary>Ends a step: what was made ready runs, and what was gathered leaves together.</summary>
    /// <param name="isFollowed">Whether the next step follows at once, and may add to what was gathered.</param>
    public void Finish(bool isFollowed)
    {
        FlushUnless(isFollowed);
        while (_requests.HasReady)
        {
            _requests.RunReady();
            FlushUnless(isFollowed);
        }
    }

    private void FlushUnless(bool isFollowed)
    {
        if (!isFollowed)
        {
            _recorder.Flush();
        }
    }

    private Instant Deadline => _context.Now + _context.Settings.CommitTimeout;

    private void Begin(SessionRequest request) => _requests.Begin(request);
}
