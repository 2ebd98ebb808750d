using System.Buffers;
using SessionCluster.Replication;

namespace SessionCluster.Tests.Wire;

/// <summary>The codec, in the shape that tests like.</summary>
internal static class Codec
{
    public static byte[] Write(Message message)
    {
        var output = new ArrayBufferWriter<byte>();
        MessageCodec.Write(message, output);
        return output.WrittenSpan.ToArray();
    }

    public static Message Read(byte[] bytes)
    {
        WireError error = MessageCodec.ReadExactly(bytes, new WireCache(), out Message? message);
        Assert.Equal(WireError.None, error);
        return message!;
    }

    public static WireError Refuse(ReadOnlySpan<byte> bytes)
    {
        WireError error = MessageCodec.ReadExactly(bytes, new WireCache(), out Message? message);
        Assert.NotEqual(WireError.None, error);
        Assert.Null(message);
        return error;
    }
}
