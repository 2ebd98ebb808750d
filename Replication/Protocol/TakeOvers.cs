using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// A request came to a node that is not the session's primary: it asks for the session, follows it where it has gone,
/// and leads it from when it is given.
/// </summary>
internal sealed class TakeOvers(NodeContext context, Reconfigurer reconfigurer, Requests requests)
{
    /// <summary>When somebody was asked for a session, and under which configuration that was its primary.</summary>
    private readonly Dictionary<SessionId, (Instant At, long Counter)> _asked = [];

    /// <summary>Whether an owner was asked and has not answered yet.</summary>
    public bool IsBusy => _asked.Count > 0;

    /// <summary>Asks the primary for the session, unless it was asked just now.</summary>
    public void Ask(SessionId session, Member primary)
    {
        context.Map.TryGet(session, out Location location);
        Ask(session, primary, location.Counter);
    }

    /// <summary>Whoever leads under a later configuration than was asked under is asked at once.</summary>
    private void Ask(SessionId session, Member primary, long counter)
    {
        if (!_asked.TryGetValue(session, out (Instant At, long Counter) asked) || asked.Counter < counter)
        {
            _asked[session] = (context.Now, counter);
            context.Send(primary, new TakeOver(context.Views.Current.Number, session));
        }
    }

    public void Receive(HandOver given)
    {
        context.Map.TryGet(given.Session, out Location location);
        if (given.View != context.Views.Current.Number || !context.Views.IsServing
            || location.Counter >= given.Next.Counter
            || location.Copy is { IsPrimary: true }
            || WasOvertaken(given, location.Copy))
        {
            if (location.Copy is { IsPrimary: true, IsEffective: true } lead)
            {
                // The former primary repeats itself until it knows that the new configuration is in force.
                context.SendStale(given.Current.Placement.Primary, given.Session, lead.Configuration);
            }
            else if (given.View == context.Views.Current.Number && location.Counter > given.Next.Counter
                && location.Copy is not { IsPrimary: true })
            {
                // It was in force, and has been passed on since. While this node leads the session, it may be recording
                // another configuration instead of the given one, and that may come to nothing.
                context.SendStale(given.Current.Placement.Primary, given.Session, given.Next);
            }

            return;
        }

        _asked.Remove(given.Session);
        SessionCopy? copy = location.Copy;
        if (copy is null)
        {
            copy = new SessionCopy(given.Session, context.NextCreated())
            {
                State = given.State, Sequence = given.Sequence, IsPrimary = true,
            };
            context.Map.AddCopy(copy);
        }
        else
        {
            context.Map.Update(copy, given.State, given.Sequence);
            context.Map.SetRole(copy, isPrimary: true);
            copy.HasForked = false;
        }

        copy.LastAccess = context.Now - given.Idle;
        reconfigurer.TakeOver(copy, given.Current, Unused(copy, given.Next));
    }

    /// <summary>
    /// What is given, under a counter that this node has not used: who gives the session does not know what this node
    /// has told others of it in an earlier view, and what they acknowledge of that may come late.
    /// </summary>
    private Configuration Unused(SessionCopy copy, Configuration given)
    {
        long used = Math.Max(copy.CounterUsed, context.CounterForgotten);
        return given.Counter > used ? given : new Configuration(used + 1, given.Placement);
    }

    /// <summary>
    /// Whether the copy of this node was told by a member of a coming view, or in this one of a later configuration:
    /// what it has acknowledged then, it keeps.
    /// </summary>
    private static bool WasOvertaken(HandOver given, SessionCopy? copy) =>
        copy is { IsPrimary: false }
        && (ViewNumber.IsLater(copy.ToldInView, given.View)
            || (copy.ToldInView == given.View && copy.Configuration.Counter >= given.Next.Counter));

    /// <summary>
    /// Goes on to where the session has gone. Who has not got it yet says where it was before, or nothing at all: there
    /// this node has been already, and asks again in a while.
    /// </summary>
    public void Receive(Member from, Moved moved)
    {
        if (!_asked.TryGetValue(moved.Session, out (Instant At, long Counter) asked)
            || (asked.Counter > 0 && moved.Configuration.Counter > 0 && moved.Configuration.Counter <= asked.Counter))
        {
            return;
        }

        if (!requests.IsWaiting(moved.Session))
        {
            _asked.Remove(moved.Session);
        }
        else if (moved.Configuration is { Counter: > 0, Placement.IsAlive: true } configuration
            && configuration.Placement.Primary != from
            && configuration.Placement.Primary != context.Self)
        {
            Ask(moved.Session, configuration.Placement.Primary, configuration.Counter);
        }
    }

    /// <summary>Asks again where no answer has come: the question or the answer may have been lost.</summary>
    public void Tick()
    {
        foreach ((SessionId session, (Instant At, long Counter) asked) in _asked.ToArray())
        {
            if (context.Now - asked.At >= context.Settings.HolderPatience)
            {
                _asked.Remove(session);
                requests.Resume(session);
            }
        }
    }

    public void ViewChanged() => _asked.Clear();
}
