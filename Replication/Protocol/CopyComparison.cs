using SessionCluster.Replication.Membership;
using SessionCluster.Replication.Sessions;

namespace SessionCluster.Replication.Protocol;

/// <summary>
/// Compares copies in the background: each backup tells each primary now and then what it has, by one digest for each
/// part of the sessions, and the primary asks after those parts that differ.
/// </summary>
/// <remarks>
/// What a backup says comes behind all that it has acknowledged, on the same connection. So the primary compares it
/// with what is acknowledged, and both agree while commits are under way, too. While holders change they may not: only
/// what differs twice is looked into. Nothing is taken from anybody by it: a holder that lacks something asks for the
/// whole.
/// </remarks>
internal sealed class CopyComparison(NodeContext context, Replicator replicator, CopySender sender)
{
    private const int Parts = CopyDigests.Parts;

    private int _next = Parts;
    private Instant _nextAt = context.Now;

    /// <summary>Tells the primaries of some parts, as many as one step may look at.</summary>
    public void Tick()
    {
        if (context.Now >= _nextAt && _next == Parts)
        {
            _nextAt = context.Now + context.Times.FoundingPatience;
            _next = 0;
        }

        if (_next < Parts && context.Views is { IsServing: true, IsSealed: false }
            && context.Settings.Role == MemberRole.Node)
        {
            TellSome();
        }
    }

    /// <summary>A backup says what it has of this node's sessions.</summary>
    public void Receive(Member from, CopyDigests said)
    {
        if (said.View != context.Views.Current.Number || context.Views is not { IsServing: true, IsSealed: false }
            || context.Peers.Find(from.Node) is not { } peer)
        {
            return;
        }

        for (int index = 0; index < said.Digests.Count; index++)
        {
            int part = said.FirstPart + index;
            int bit = 1 << part;
            bool differs = said.Digests[index] != DigestOfAcknowledged(part, from);
            bool differed = (peer.DifferingCopies & bit) != 0;
            peer.DifferingCopies = differs && !differed ? peer.DifferingCopies | bit : peer.DifferingCopies & ~bit;
            if (differs && differed)
            {
                AskAfter(part, from);
            }
        }
    }

    private void TellSome()
    {
        int first = _next;
        int seen = 0;
        Peer[] peers = Array.FindAll(context.Peers.All, IsToldOfCopies);
        var digests = new ulong[peers.Length, Parts];
        while (_next < Parts && seen < context.Settings.SessionsAtOnce)
        {
            seen += Add(peers, digests, _next++);
        }

        for (int index = 0; index < peers.Length && seen > 0; index++)
        {
            ulong[] told = new ulong[_next - first];
            for (int part = first; part < _next; part++)
            {
                told[part - first] = digests[index, part];
            }

            context.Send(peers[index].Link!.Value, new CopyDigests(context.Views.Current.Number, first, told));
        }
    }

    private bool IsToldOfCopies(Peer peer) => peer is { Link: { } process, Role: MemberRole.Node, IsElsewhere: false }
        && context.Views.Current.Contains(process);

    /// <returns>How many sessions are known in the part.</returns>
    private int Add(Peer[] peers, ulong[,] digests, int part)
    {
        int seen = 0;
        foreach ((SessionId session, Location location) in context.Map.Part(part, Parts))
        {
            seen++;
            if (location.Copy is { IsPrimary: false, HasForked: false,
                Configuration.Placement: { IsAlive: true } placement } copy)
            {
                int index = Array.FindIndex(peers, peer => peer.Link == placement.Primary);
                if (index >= 0)
                {
                    digests[index, part] ^= DigestOf(session, copy.Sequence);
                }
            }
        }

        return seen;
    }

    private ulong DigestOfAcknowledged(int part, Member holder)
    {
        ulong digest = 0;
        foreach ((SessionId session, Location location) in context.Map.Part(part, Parts))
        {
            if (location.Copy is { IsPrimary: true, IsEffective: true } copy
                && AcknowledgedBy(copy, holder) is >= 0 and { } sequence)
            {
                digest ^= DigestOf(session, sequence);
            }
        }

        return digest;
    }

    private static long AcknowledgedBy(SessionCopy copy, Member holder) => copy.Work is { } work
        ? work.Find(holder)?.Acknowledged ?? -1
        : copy.Configuration.Placement.Contains(holder) ? copy.Sequence : -1;

    /// <summary>
    /// Asks a holder after each session at rest that it should have; who lacks one asks for the whole.
    /// </summary>
    private void AskAfter(int part, Member holder)
    {
        List<SessionCopy> copies = [];
        foreach ((SessionId _, Location location) in context.Map.Part(part, Parts))
        {
            if (location.Copy is { IsPrimary: true, IsEffective: true, Work: null } copy
                && copy.Configuration.Placement.Contains(holder))
            {
                copies.Add(copy);
            }
        }

        foreach (SessionCopy copy in copies)
        {
            sender.SendCheck(copy, replicator.WorkOf(copy).Find(holder)!);
            replicator.Advance(copy);
        }
    }

    private static ulong DigestOf(SessionId session, long sequence) =>
        StableHash.Mix(StableHash.Add(session.Prefix, (ulong)sequence));
}
