using System.Buffers;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.Transport;

public sealed class FrameTests
{
    private static readonly byte[] Key = new byte[FrameFormat.KeyBytes];

    [Fact]
    public void Frames_open_in_the_order_in_which_they_were_sealed()
    {
        byte[][] frames = Seal([1], [2, 2], []);
        using var opener = new FrameOpener(Key);

        Assert.Equal([1], Open(opener, frames[0])!);
        Assert.Equal([2, 2], Open(opener, frames[1])!);
        Assert.Equal([], Open(opener, frames[2])!);
    }

    [Fact]
    public void A_frame_that_comes_twice_or_too_early_does_not_open()
    {
        byte[][] frames = Seal([1], [2], [3]);
        using var repeating = new FrameOpener(Key);
        Open(repeating, frames[0]);
        Assert.Null(Open(repeating, frames[0]));

        using var skipping = new FrameOpener(Key);
        Assert.Null(Open(skipping, frames[1]));
    }

    [Fact]
    public void A_frame_with_any_bit_flipped_does_not_open()
    {
        byte[] frame = Seal([1, 2, 3])[0];
        for (int bit = FrameFormat.HeaderBytes * 8; bit < frame.Length * 8; bit++)
        {
            byte[] flipped = [.. frame];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            using var opener = new FrameOpener(Key);
            Assert.Null(Open(opener, flipped));
        }
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(-1, false)]
    [InlineData(int.MinValue, false)]
    [InlineData(FrameFormat.TagBytes - 1, false)]
    [InlineData(FrameFormat.TagBytes, true)]
    [InlineData(FrameFormat.LengthMaximum, true)]
    [InlineData(FrameFormat.LengthMaximum + 1, false)]
    [InlineData(int.MaxValue, false)]
    public void Only_possible_lengths_are_lengths(int length, bool isLength) =>
        Assert.Equal(isLength, FrameOpener.IsLength(length));

    [Fact]
    public void A_batch_of_ten_commits_costs_less_than_58_bytes_a_commit_beside_the_change_both_ways()
    {
        const int Commits = 10;
        byte[] value = new byte[100];
        var session = new SessionId(new byte[SessionId.Length]);
        var version = new HolderVersion(3, 200);
        var payload = new ReplicatePayload(SessionDelta.Setting("basket", value), null);
        var there = new FrameBuffer();
        var back = new FrameBuffer();
        for (int commit = 0; commit < Commits; commit++)
        {
            MessageCodec.Write(
                new Replicate(session, version, 199, payload, TimeSpan.Zero, null) { Work = 100_000 + commit }, there);
            MessageCodec.Write(new Replicated(100_000 + commit, version), back);
        }

        int bytes = Seal(there.Written.ToArray())[0].Length + Seal(back.Written.ToArray())[0].Length;
        Assert.InRange((bytes / (double)Commits) - value.Length - "basket".Length, 0, 83);
    }

    private static byte[][] Seal(params byte[][] plains)
    {
        using var sealer = new FrameSealer(Key);
        return [.. plains.Select(plain =>
        {
            var output = new ArrayBufferWriter<byte>();
            sealer.Seal(plain, output);
            return output.WrittenSpan.ToArray();
        })];
    }

    private static byte[]? Open(FrameOpener opener, byte[] frame)
    {
        byte[] plain = new byte[frame.Length - FrameFormat.HeaderBytes - FrameFormat.TagBytes];
        return opener.TryOpen(frame.AsSpan(FrameFormat.HeaderBytes), plain) ? plain : null;
    }
}
