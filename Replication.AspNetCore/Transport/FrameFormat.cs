namespace SessionCluster.Replication.AspNetCore;

/// <summary>The shape of what follows the handshake: a length, and as many bytes of sealed messages.</summary>
internal static class FrameFormat
{
    /// <summary>The length that each frame begins with; it counts what follows it.</summary>
    public const int HeaderBytes = 4;

    /// <summary>The authentication tag at the end of each frame.</summary>
    public const int TagBytes = 16;

    public const int NonceBytes = 12;

    public const int KeyBytes = 32;

    /// <summary>A frame that has so many bytes takes no further message.</summary>
    public const int FullBytes = 256 * 1024;

    /// <summary>One message may be larger than a full frame; no frame is larger than this.</summary>
    public const int LengthMaximum = FullBytes + WireLimits.MessageBytes + TagBytes;
}
