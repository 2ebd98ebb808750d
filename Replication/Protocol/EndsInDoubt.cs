using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// Ends of sessions that are recorded here, and of which nobody has said yet that a quorum knows them. Whether they came
/// true is decided with time, or by who says so.
/// </summary>
internal sealed class EndsInDoubt(NodeContext context, Requests requests)
{
    private readonly Dictionary<SessionId, Instant> _endings = [];
    private Instant _unpermittedAt = Instant.Zero;
    private long _actedIn;
    private bool _isElsewhere;

    /// <summary>
    /// Whether it is recorded here that the session has ended, and nobody has said yet that a quorum knows: the next
    /// view may know nothing of it. That is soon decided, as whoever cannot reach a quorum is excluded; but not as long
    /// as there is none.
    /// </summary>
    public bool MayStillLive(SessionId session) =>
        _endings.TryGetValue(session, out Instant since) && !IsDecided(since);

    /// <summary>Whether any end is recorded here of which that is not known.</summary>
    public bool HasAny => _endings.Count > 0;

    /// <summary>Notes that this member heard no quorum just now.</summary>
    public void NoteThatNothingIsDecided() => _unpermittedAt = context.Now;

    /// <summary>Forgets what was decided long ago.</summary>
    public void ForgetDecided()
    {
        foreach ((SessionId session, Instant since) in _endings.ToArray())
        {
            if (IsDecided(since))
            {
                _endings.Remove(session);
            }
        }
    }

    /// <summary>Who has asked for a session that may have ended is answered as soon as that is decided.</summary>
    public void AnswerDecided()
    {
        if (_endings.Count == 0)
        {
            return;
        }

        foreach (SessionId session in requests.Waiting.ToArray())
        {
            if (_endings.TryGetValue(session, out Instant since) && IsDecided(since))
            {
                _endings.Remove(session);
                requests.Resume(session);
            }
        }
    }

    /// <summary>
    /// A newer view is known, and its map is still to come. What is in doubt now stays so, unless this member has the map
    /// with which the view began; so does an end that this member wanted recorded, and no quorum has yet. In another
    /// lineage every end is in doubt, as others have decided there.
    /// </summary>
    public void Entered(IEnumerable<LocationRecord> wishes)
    {
        foreach (LocationRecord wish in wishes)
        {
            NoteIfEnded(wish);
        }

        _isElsewhere |= !ViewNumber.AreRelated(_actedIn, context.Views.Current.Number);
    }

    /// <summary>The map of another member has taken the place of this one's, and says so; few may have recorded it.</summary>
    public void NoteIfEnded(LocationRecord record)
    {
        if (!record.Configuration.Placement.IsAlive)
        {
            Note(record.Session);
        }
    }

    /// <summary>
    /// Whether few may know the end that the map of a late view has of a session, as this member had not known it for
    /// decided before.
    /// </summary>
    public bool IsInDoubt(SessionId session) => _isElsewhere || _endings.ContainsKey(session);

    /// <summary>A view is in force, and its map is here.</summary>
    /// <param name="isAgreed">Whether all that is recorded was agreed.</param>
    public void ViewChanged(bool isAgreed)
    {
        if (isAgreed)
        {
            _endings.Clear();
        }
    }

    /// <summary>What the view means for each session is decided.</summary>
    public void Reconciled()
    {
        _actedIn = context.Views.Current.Number;
        _isElsewhere = false;
    }

    /// <summary>It is recorded here that a session has ended; perhaps by a few only.</summary>
    public void Note(SessionId session) => _endings[session] = context.Now;

    /// <summary>A quorum knows that a session has ended.</summary>
    public void Decided(SessionId session) => _endings.Remove(session);

    private bool IsDecided(Instant since) =>
        context.Now - Instant.Max(since, _unpermittedAt) >= context.Times.FoundingPatience;
}
