using System.Buffers.Binary;
using System.Text;

namespace SessionCluster.Simulation;

/// <summary>The values that simulated clients write: a number, or a text in the scenarios.</summary>
internal static class WorkloadValue
{
    public static byte[] Of(long number, int padding)
    {
        byte[] bytes = new byte[sizeof(long) + padding];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return bytes;
    }

    /// <summary>A text that a scenario can read back, behind the number by which the checkers know it.</summary>
    public static byte[] Of(long number, string text) => [.. Of(number, 0), .. Encoding.UTF8.GetBytes(text)];

    public static long Number(byte[] bytes) =>
        bytes.Length < sizeof(long) ? -1 : BinaryPrimitives.ReadInt64LittleEndian(bytes);

    public static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes.AsSpan(sizeof(long)));
}
