using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SessionCluster.Balancer.Failover;

/// <summary>
/// Makes the keys of requests: 128 bits that nobody can guess. The system is asked for those of many requests at once,
/// as asking costs more than all else that a key needs.
/// </summary>
internal static class RequestKeySource
{
    private const int KeysAtOnce = 256;

    [ThreadStatic]
    private static Guid[]? _keys;

    [ThreadStatic]
    private static int _left;

    /// <summary>A key that was never given before.</summary>
    public static Guid Next()
    {
        Guid[] keys = _keys ??= new Guid[KeysAtOnce];
        if (_left == 0)
        {
            RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(keys.AsSpan()));
            _left = KeysAtOnce;
        }

        return keys[--_left];
    }
}
