using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>What those are told that hand in sessions, and when: no session is called taken before it is held.</summary>
internal sealed class HandInAnswers(NodeContext context, Requests requests)
{
    private const int CountedMaximum = 100_000;

    private readonly HashSet<(Member, SessionId)> _underWay = [];
    private readonly HashSet<(SessionId, OverwrittenKey)> _counted = [];

    /// <summary>Whether what this member handed in is being committed.</summary>
    public bool IsUnderWay(Member from, SessionId session) => _underWay.Contains((from, session));

    /// <summary>Forgets what was counted.</summary>
    public void ForgetCounted() => _counted.Clear();

    /// <summary>What a commit awaits that whoever handed in is told of: the session is taken when it is done.</summary>
    public SessionRequest Await(Member from, HandIn given, IReadOnlyList<OverwrittenKey> overwritten)
    {
        _underWay.Add((from, given.Session));
        var request = new SessionRequest(
            new CommitSession(0, given.Session, SessionDelta.Nothing, Creates: false),
            context.Now + context.Settings.CommitTimeout)
        {
            Asker = new Asker(from, result =>
            {
                _underWay.Remove((from, given.Session));
                if (result == CommitResult.Committed)
                {
                    Report(from, given, overwritten);
                    Answer(from, given, HandInVerdict.Taken);
                }
            }),
        };
        requests.Await(request);
        return request;
    }

    /// <summary>The holders of the other side hand in the same; what has given way is counted once.</summary>
    public void Report(Member from, HandIn given, IReadOnlyList<OverwrittenKey> overwritten)
    {
        int count = 0;
        foreach (OverwrittenKey key in overwritten)
        {
            count += _counted.Count < CountedMaximum && !_counted.Add((given.Session, key)) ? 0 : 1;
        }

        context.Report(new SessionMerged(given.Session, from, count));
    }

    /// <summary>Says what is done with what was handed in.</summary>
    public void Answer(Member from, HandIn given, HandInVerdict verdict) =>
        context.Send(from, new HandedIn(given.Session, given.Sequence, verdict, default));
}
