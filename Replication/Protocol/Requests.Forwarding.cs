using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>Commits that go to the session's primary, from the node that was asked, and come back from there.</summary>
internal sealed partial class Requests
{
    /// <summary>To whom this node has forwarded which commit, by the number of that; its outcome is known there alone.</summary>
    private readonly Dictionary<long, (SessionRequest Request, Member To)> _forwarded = [];

    /// <summary>The number under which each was forwarded last; beside them, as few requests have one.</summary>
    private readonly Dictionary<SessionRequest, long> _numbers = [];

    private readonly Queue<(Instant At, SessionId Session)> _returned = new();
    private long _forwards;

    /// <summary>Whether something waits here that another member has forwarded.</summary>
    public bool HoldsForwarded => _parked.Values.SelectMany(static waiting => waiting).Concat(_ready)
        .Any(static request => request is { IsForwarded: true, IsAnswered: false });

    /// <summary>How many requests are kept until their time that a member has forwarded under a number.</summary>
    public int HeldOf(Member sender, long forward) => _byDeadline.Count(
        request => request.IsForwarded && request.Asker!.Node == sender && request.Number == forward);

    /// <summary>
    /// Sends a commit to the session's present primary, which answers it. Each time it has another number, greater than
    /// all before: so what comes twice is done once, and an answer to an earlier time is not taken for one to this.
    /// </summary>
    /// <param name="request">The commit.</param>
    /// <param name="primary">Who is to answer it.</param>
    /// <param name="heardAt">The time in its newest heartbeat, on its clock.</param>
    public void Forward(SessionRequest request, Member primary, Instant heardAt)
    {
        ForgetForwarded(request);
        long number = ++_forwards;
        _forwarded.Add(number, (request, primary));
        _numbers.Add(request, number);
        context.Send(primary, new ForwardCommit(
            number, request.Session, request.Delta, request.Kind == RequestKind.Remove, heardAt));
    }

    /// <summary>Which request was forwarded under a number, and not answered yet.</summary>
    public long? RequestForwardedAs(long forward) =>
        _forwarded.TryGetValue(forward, out (SessionRequest Request, Member To) forwarded) ? forwarded.Request.Number : null;

    private void ForgetForwarded(SessionRequest request)
    {
        if (_numbers.Remove(request, out long number))
        {
            _forwarded.Remove(number);
        }
    }

    public void Receive(Member from, ForwardedCommit answer)
    {
        if (_forwarded.TryGetValue(answer.Request, out (SessionRequest Request, Member To) forwarded)
            && forwarded.To == from)
        {
            context.Map.TryGet(forwarded.Request.Session, out Location location);
            Answer(forwarded.Request, answer.Result, answer.Version, location.Placement);
        }
    }

    /// <summary>
    /// The session has gone on before the commit came to it. Whoever said so has told where to, if it knows of what
    /// this node does not.
    /// </summary>
    public void Receive(Member from, ReturnedCommit returned)
    {
        if (_forwarded.TryGetValue(returned.Request, out (SessionRequest Request, Member To) forwarded)
            && forwarded.To == from)
        {
            SessionRequest request = forwarded.Request;
            ForgetForwarded(request);
            Park(request);
            if (context.Map.TryGet(request.Session, out Location location)
                && location.Placement is { IsAlive: true } placement && placement.Primary != from)
            {
                Resume(request.Session);
            }
            else
            {
                _returned.Enqueue((context.Now + context.Settings.HolderPatience, request.Session));
            }
        }
    }

    /// <summary>Gives a commit back to whoever forwarded it here, as the session is not led here any more.</summary>
    public void Return(SessionRequest request, Member sender, in Location location)
    {
        request.IsAnswered = true;
        context.SendStale(sender, request.Session, location.Configuration);
        context.Send(sender, new ReturnedCommit(request.Number));
    }

    /// <summary>
    /// A connection stands again: what was forwarded on the old one may be lost, or its answer. What carries the key of
    /// its request is sent again, as the primary knows it by that. Of anything else nobody knows whether it has come
    /// true; so it waits for its answer, which may still come.
    /// </summary>
    public void LinkUp(Member peer)
    {
        foreach ((SessionRequest request, Member to) in _forwarded.Values.ToArray())
        {
            if (to == peer)
            {
                TryAgainIfRepeatable(request);
            }
        }
    }

    /// <summary>What was forwarded to a member that is gone may have been committed there, or not.</summary>
    public void ViewChanged()
    {
        foreach ((SessionRequest request, Member to) in _forwarded.Values.ToArray())
        {
            if (!context.Views.Current.Contains(to))
            {
                FailUnlessRepeatable(request, CommitResult.Unavailable);
            }
        }
    }
}
