using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>A view of which one member is told by hand.</summary>
internal static class ForgedView
{
    /// <summary>Lets a member enter the view after its own, with a map in which one session is.</summary>
    /// <param name="cluster">The member's cluster.</param>
    /// <param name="member">Who enters it.</param>
    /// <param name="teller">Who tells it of the view, and has the map.</param>
    /// <param name="session">The session.</param>
    /// <param name="recorded">What the map says of it.</param>
    /// <returns>The view.</returns>
    public static View EnterNextView(
        this SimulatedCluster cluster,
        SimulatedProcess member,
        Member teller,
        SessionId session,
        Configuration recorded)
    {
        View present = member.Machine.View;
        var next = new View(present.Number + 1, present.Members, present.Absent);
        int bucket = (int)(session.Prefix >> 54);
        long request = 0;
        Action<SimulatedProcess, Envelope>? former = cluster.Overheard;
        cluster.Overheard = (_, envelope) => request = envelope.Message is MapPageRequest asked
            ? asked.Request
            : request;
        member.Take(new PeerMessage(teller, new ViewInstall(next, [new BucketDigest(bucket, 1)])));
        cluster.Overheard = former;
        member.Take(new PeerMessage(teller, new MapPage(
            request, bucket, [new LocationRecord(session, recorded)], IsLast: true)));
        return next;
    }
}
