using SessionCluster.Replication;

namespace SessionCluster.Tests.Wire;

/// <summary>What is written is read, and nothing else is.</summary>
public sealed class MessageCodecTests
{
    private const int Rounds = 20_000;

    [Fact]
    public void Random_messages_come_back_as_they_were()
    {
        var messages = new RandomMessages(seed: 1);
        for (int round = 0; round < Rounds; round++)
        {
            Message message = messages.Next();
            byte[] bytes = Codec.Write(message);
            Message read = Codec.Read(bytes);

            Assert.Equal(Describe.Value(message), Describe.Value(read));
            Assert.Equal(bytes, Codec.Write(read));
        }
    }

    [Fact]
    public void Messages_stand_one_after_the_other()
    {
        var messages = new RandomMessages(seed: 2);
        Message[] written = [.. Enumerable.Range(0, 100).Select(_ => messages.Next())];
        byte[] bytes = [.. written.SelectMany(Codec.Write)];

        int position = 0;
        foreach (Message message in written)
        {
            Assert.Equal(
                WireError.None,
                MessageCodec.Read(bytes.AsSpan(position), new WireCache(), out Message? read, out int length));
            Assert.Equal(Describe.Value(message), Describe.Value(read));
            position += length;
        }

        Assert.Equal(bytes.Length, position);
    }

    [Fact]
    public void Random_bytes_are_refused_or_are_the_one_form_of_a_message()
    {
        var messages = new RandomMessages(seed: 3);
        for (int round = 0; round < Rounds; round++)
        {
            byte[] bytes = messages.Bytes(200);
            if (bytes.Length > 0)
            {
                // Most random first bytes name no kind; let the rest be tried as well.
                bytes[0] = (byte)((bytes[0] & 0x0F) | (0x10 * (1 + messages.Below(4))));
            }

            if (MessageCodec.ReadExactly(bytes, new WireCache(), out Message? message) == WireError.None)
            {
                Assert.Equal(bytes, Codec.Write(message!));
            }
        }
    }

    [Fact]
    public void A_value_of_the_greatest_size_comes_back()
    {
        byte[] value = new byte[WireLimits.ValueBytes];
        value[^1] = 1;
        var read = (ForwardCommit)Codec.Read(
            Codec.Write(
                new ForwardCommit(1, default, SessionDelta.Setting("key", value), Removes: false, Instant.Zero)));

        Assert.Equal(value, read.Delta.Set[0].Bytes);
    }
}
