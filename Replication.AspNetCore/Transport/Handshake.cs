using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Security.Cryptography;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Lets both ends of a connection prove that they know the cluster's secret, before anything else is read. The end that
/// dials proves first, so that a stranger who dials learns nothing that depends on the secret.
/// </summary>
internal sealed class Handshake(TransportSettings settings)
{
    private const int LengthBytes = 2;

    /// <summary>Shakes hands as the end that has dialed.</summary>
    /// <param name="pipe">The connection.</param>
    /// <param name="expected">Who should listen there.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task<HandshakeOutcome> DialAsync(
        IDuplexPipe pipe, NodeId expected, CancellationToken cancellationToken)
    {
        byte[] mine = Hello();
        await SendAsync(pipe.Output, mine, cancellationToken);
        byte[]? theirs = await ReceiveAsync(pipe.Input, HandshakeHello.BytesMaximum, cancellationToken);
        if (theirs is null)
        {
            return HandshakeOutcome.Refused(HandshakeRefusal.Unfinished);
        }

        HandshakeOutcome checkedHello = Check(theirs, expected);
        if (checkedHello.Refusal != HandshakeRefusal.None)
        {
            return checkedHello;
        }

        var secrets = new HandshakeSecrets(settings.Secret.Span, dialing: mine, listening: theirs);
        await SendAsync(pipe.Output, secrets.Proof(ofDialing: true), cancellationToken);
        byte[]? proof = await ReceiveAsync(pipe.Input, HandshakeSecrets.ProofBytes, cancellationToken);
        if (proof is null)
        {
            return checkedHello with { Refusal = HandshakeRefusal.Rejected };
        }

        return secrets.IsProof(proof, ofDialing: false)
            ? checkedHello with { Secrets = secrets, HasDialed = true }
            : checkedHello with { Refusal = HandshakeRefusal.Secret };
    }

    /// <summary>Shakes hands as the end that has listened.</summary>
    /// <param name="pipe">The connection.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task<HandshakeOutcome> AcceptAsync(IDuplexPipe pipe, CancellationToken cancellationToken)
    {
        byte[]? theirs = await ReceiveAsync(pipe.Input, HandshakeHello.BytesMaximum, cancellationToken);
        if (theirs is null)
        {
            return HandshakeOutcome.Refused(HandshakeRefusal.Unfinished);
        }

        HandshakeOutcome checkedHello = Check(theirs, expected: null);
        if (checkedHello.Refusal == HandshakeRefusal.Malformed)
        {
            return checkedHello;
        }

        // Sent also when refused, so that the other side can say in its log what differs.
        byte[] mine = Hello();
        await SendAsync(pipe.Output, mine, cancellationToken);
        if (checkedHello.Refusal != HandshakeRefusal.None)
        {
            return checkedHello;
        }

        var secrets = new HandshakeSecrets(settings.Secret.Span, dialing: theirs, listening: mine);
        byte[]? proof = await ReceiveAsync(pipe.Input, HandshakeSecrets.ProofBytes, cancellationToken);
        if (proof is null)
        {
            return checkedHello with { Refusal = HandshakeRefusal.Unfinished };
        }

        if (!secrets.IsProof(proof, ofDialing: true))
        {
            return checkedHello with { Refusal = HandshakeRefusal.Secret };
        }

        await SendAsync(pipe.Output, secrets.Proof(ofDialing: false), cancellationToken);
        return checkedHello with { Secrets = secrets };
    }

    private byte[] Hello()
    {
        Span<byte> nonce = stackalloc byte[HandshakeHello.NonceBytes];
        RandomNumberGenerator.Fill(nonce);
        return new HandshakeHello(
            MessageCodec.WireVersion, settings.Cluster, settings.Self, settings.Role, settings.Times).ToBytes(nonce);
    }

    private HandshakeOutcome Check(ReadOnlySpan<byte> bytes, NodeId? expected)
    {
        HandshakeRefusal refusal = HandshakeHello.TryRead(bytes, out HandshakeHello? hello);
        if (refusal == HandshakeRefusal.None)
        {
            NodeId node = hello!.Self.Node;
            refusal =
                !string.Equals(hello.Cluster, settings.Cluster, StringComparison.Ordinal) ? HandshakeRefusal.Cluster
                : node == settings.Self.Node ? HandshakeRefusal.OwnName
                : expected is not null && node != expected ? HandshakeRefusal.UnexpectedNode
                : !settings.Peers.ContainsKey(node) ? HandshakeRefusal.UnknownNode
                : HandshakeRefusal.None;
        }

        return new HandshakeOutcome(refusal, hello, Secrets: null, HasDialed: false);
    }

    private static async ValueTask SendAsync(PipeWriter output, byte[] bytes, CancellationToken cancellationToken)
    {
        Span<byte> target = output.GetSpan(LengthBytes + bytes.Length);
        BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)bytes.Length);
        bytes.CopyTo(target[LengthBytes..]);
        output.Advance(LengthBytes + bytes.Length);
        await output.FlushAsync(cancellationToken);
    }

    /// <summary>Reads one message of the handshake, or nothing when the peer ends the connection.</summary>
    private static async ValueTask<byte[]?> ReceiveAsync(
        PipeReader input, int maximum, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync(cancellationToken);
            ReadOnlySequence<byte> buffer = result.Buffer;
            int length = LengthOf(buffer);
            if (length > maximum)
            {
                // A first length that is impossible is no handshake of ours; let the caller see bytes that are none.
                input.AdvanceTo(buffer.End);
                return [];
            }

            if (length >= 0 && buffer.Length >= LengthBytes + length)
            {
                byte[] bytes = buffer.Slice(LengthBytes, length).ToArray();
                input.AdvanceTo(buffer.GetPosition(LengthBytes + length));
                return bytes;
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted || result.IsCanceled)
            {
                return null;
            }
        }
    }

    private static int LengthOf(ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length < LengthBytes)
        {
            return -1;
        }

        Span<byte> length = stackalloc byte[LengthBytes];
        buffer.Slice(0, LengthBytes).CopyTo(length);
        return BinaryPrimitives.ReadUInt16BigEndian(length);
    }
}

/// <summary>How a handshake ended.</summary>
/// <param name="Refusal">Why in vain, or <see cref="HandshakeRefusal.None"/>.</param>
/// <param name="Hello">What the peer said of itself; proven only where nothing was refused.</param>
/// <param name="Secrets">The secrets of the connection, where nothing was refused.</param>
/// <param name="HasDialed">Whether this end has dialed.</param>
internal sealed record HandshakeOutcome(
    HandshakeRefusal Refusal, HandshakeHello? Hello, HandshakeSecrets? Secrets, bool HasDialed)
{
    public static HandshakeOutcome Refused(HandshakeRefusal refusal) => new(refusal, null, null, false);
}
