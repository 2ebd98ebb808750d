using SessionCluster.Replication.Membership;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// Asks other members what they have recorded of a session. All questions are numbered together, so that an answer
/// belongs to one of them only, whatever it was asked for.
/// </summary>
internal sealed class LocationQuestions(NodeContext context)
{
    private long _numbers;

    public long NextNumber() => ++_numbers;

    /// <summary>Asks all members of the view but those whose answers are known.</summary>
    public void Ask(SessionId session, long number, HashSet<Member> answered)
    {
        foreach (ViewMember member in context.Views.Current.Span)
        {
            if (!answered.Contains(member.Member))
            {
                context.Send(member.Member, new Locate(number, session));
            }
        }
    }
}
