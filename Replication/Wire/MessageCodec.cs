using System.Buffers;
using System.Diagnostics;

namespace SessionCluster.Replication;

/// <summary>
/// Messages to bytes and back; see <c>docs/wire.md</c>. A message ends where its last field ends, so many of them stand
/// in one frame without a length each. Each message has exactly one encoding. Values are copied once, when they are
/// read.
/// </summary>
public static class MessageCodec
{
    /// <summary>The version of everything that is written here. Peers of another one are refused.</summary>
    public const byte WireVersion = 8;

    /// <summary>Appends a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="output">Where to.</param>
    /// <exception cref="WireLimitException">
    /// The message is larger than any receiver takes; <paramref name="output"/> may hold a part of it.
    /// </exception>
    public static void Write(Message message, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var writer = new WireWriter(output);
        Write(ref writer, message);
        writer.Complete();
    }

    /// <summary>Reads the message that <paramref name="source"/> begins with.</summary>
    /// <param name="source">The bytes; anybody may have made them.</param>
    /// <param name="cache">Shares texts that come again.</param>
    /// <param name="message">The message, where there is one.</param>
    /// <param name="length">How many bytes it has.</param>
    /// <returns>Why it is not one, or <see cref="WireError.None"/>.</returns>
    public static WireError Read(
        ReadOnlySpan<byte> source, WireCache cache, out Message? message, out int length)
    {
        ArgumentNullException.ThrowIfNull(cache);
        var reader = new WireReader(source, cache);
        Message? read = Read(ref reader);
        length = source.Length - reader.Remaining;
        if (!reader.Failed && length > WireLimits.MessageBytes)
        {
            reader.Fail(WireError.LimitExceeded);
        }

        message = reader.Failed ? null : read;
        length = reader.Failed ? 0 : length;
        return reader.Error;
    }

    /// <summary>Reads exactly one message: nothing may follow it.</summary>
    /// <param name="source">The bytes; anybody may have made them.</param>
    /// <param name="cache">Shares texts that come again.</param>
    /// <param name="message">The message, where there is one.</param>
    /// <returns>Why it is not one, or <see cref="WireError.None"/>.</returns>
    public static WireError ReadExactly(ReadOnlySpan<byte> source, WireCache cache, out Message? message)
    {
        WireError error = Read(source, cache, out message, out int length);
        if (error == WireError.None && length < source.Length)
        {
            message = null;
            return WireError.TrailingBytes;
        }

        return error;
    }

    private static void Write(ref WireWriter writer, Message message)
    {
        switch (message)
        {
            case Replicate m: ReplicationCodec.Write(ref writer, m); break;
            case Replicated m: ReplicationCodec.Write(ref writer, m); break;
            case NeedFull m: ReplicationCodec.Write(ref writer, m); break;
            case Stale m: ReplicationCodec.Write(ref writer, m); break;
            case Touched m: ReplicationCodec.Write(ref writer, m); break;
            case CopyDigests m: ReplicationCodec.Write(ref writer, m); break;
            case TakeOver m: TakeOverCodec.Write(ref writer, m); break;
            case HandOver m: TakeOverCodec.Write(ref writer, m); break;
            case Moved m: TakeOverCodec.Write(ref writer, m); break;
            case ForwardCommit m: TakeOverCodec.Write(ref writer, m); break;
            case ForwardedCommit m: TakeOverCodec.Write(ref writer, m); break;
            case ReturnedCommit m: TakeOverCodec.Write(ref writer, m); break;
            case RecordLocations m: LocationCodec.Write(ref writer, m); break;
            case LocationsRecorded m: LocationCodec.Write(ref writer, m); break;
            case MapDigestsRequest m: LocationCodec.Write(ref writer, m); break;
            case MapDigests m: LocationCodec.Write(ref writer, m); break;
            case MapPageRequest m: LocationCodec.Write(ref writer, m); break;
            case MapPage m: LocationCodec.Write(ref writer, m); break;
            case Locate m: LocationCodec.Write(ref writer, m); break;
            case Located m: LocationCodec.Write(ref writer, m); break;
            case Heartbeat m: MembershipCodec.Write(ref writer, m); break;
            case HeartbeatAcknowledged m: MembershipCodec.Write(ref writer, m); break;
            case JoinRequest m: MembershipCodec.Write(ref writer, m); break;
            case Farewell: writer.Kind(MessageKind.Farewell); break;
            case ViewPrepare m: MembershipCodec.Write(ref writer, m); break;
            case ViewPromise m: MembershipCodec.Write(ref writer, m); break;
            case ViewRefused m: MembershipCodec.Write(ref writer, m); break;
            case ViewAccept m: MembershipCodec.Write(ref writer, m); break;
            case ViewAccepted m: MembershipCodec.Write(ref writer, m); break;
            case ViewInstall m: MembershipCodec.Write(ref writer, m); break;
            case DeathNotice m: MembershipCodec.Write(ref writer, m); break;
            case HandIn m: ReunionCodec.Write(ref writer, m); break;
            case HandedIn m: ReunionCodec.Write(ref writer, m); break;
            default: throw new UnreachableException();
        }
    }

    private static Message? Read(ref WireReader reader)
    {
        switch ((MessageKind)reader.Byte())
        {
            case MessageKind.Replicate: return ReplicationCodec.ReadReplicate(ref reader);
            case MessageKind.Replicated: return ReplicationCodec.ReadReplicated(ref reader);
            case MessageKind.NeedFull: return ReplicationCodec.ReadNeedFull(ref reader);
            case MessageKind.Stale: return ReplicationCodec.ReadStale(ref reader);
            case MessageKind.Touched: return ReplicationCodec.ReadTouched(ref reader);
            case MessageKind.CopyDigests: return ReplicationCodec.ReadCopyDigests(ref reader);
            case MessageKind.TakeOver: return TakeOverCodec.ReadTakeOver(ref reader);
            case MessageKind.HandOver: return TakeOverCodec.ReadHandOver(ref reader);
            case MessageKind.Moved: return TakeOverCodec.ReadMoved(ref reader);
            case MessageKind.ForwardCommit: return TakeOverCodec.ReadForwardCommit(ref reader);
            case MessageKind.ForwardedCommit: return TakeOverCodec.ReadForwardedCommit(ref reader);
            case MessageKind.ReturnedCommit: return new ReturnedCommit(reader.Number());
            case MessageKind.RecordLocations: return LocationCodec.ReadRecordLocations(ref reader);
            case MessageKind.LocationsRecorded: return LocationCodec.ReadLocationsRecorded(ref reader);
            case MessageKind.MapDigestsRequest: return LocationCodec.ReadMapDigestsRequest(ref reader);
            case MessageKind.MapDigests: return LocationCodec.ReadMapDigests(ref reader);
            case MessageKind.MapPageRequest: return LocationCodec.ReadMapPageRequest(ref reader);
            case MessageKind.MapPage: return LocationCodec.ReadMapPage(ref reader);
            case MessageKind.Locate: return LocationCodec.ReadLocate(ref reader);
            case MessageKind.Located: return LocationCodec.ReadLocated(ref reader);
            case MessageKind.Heartbeat: return MembershipCodec.ReadHeartbeat(ref reader);
            case MessageKind.HeartbeatAcknowledged: return MembershipCodec.ReadHeartbeatAcknowledged(ref reader);
            case MessageKind.JoinRequest: return MembershipCodec.ReadJoinRequest(ref reader);
            case MessageKind.Farewell: return new Farewell();
            case MessageKind.ViewPrepare: return MembershipCodec.ReadViewPrepare(ref reader);
            case MessageKind.ViewPromise: return MembershipCodec.ReadViewPromise(ref reader);
            case MessageKind.ViewRefused: return MembershipCodec.ReadViewRefused(ref reader);
            case MessageKind.ViewAccept: return MembershipCodec.ReadViewAccept(ref reader);
            case MessageKind.ViewAccepted: return MembershipCodec.ReadViewAccepted(ref reader);
            case MessageKind.ViewInstall: return MembershipCodec.ReadViewInstall(ref reader);
            case MessageKind.DeathNotice: return MembershipCodec.ReadDeathNotice(ref reader);
            case MessageKind.HandIn: return ReunionCodec.ReadHandIn(ref reader);
            case MessageKind.HandedIn: return ReunionCodec.ReadHandedIn(ref reader);
            default: reader.Fail(WireError.UnknownKind); return null;
        }
    }
}
