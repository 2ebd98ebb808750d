namespace SessionCluster.Tests.Faults.Clients;

/// <summary>A way in which a session may have gone wrong.</summary>
internal enum Fault
{
    /// <summary>A write was acknowledged, and is not there.</summary>
    LostWrite,

    /// <summary>A session is gone, and the cluster said so.</summary>
    LostSession,

    /// <summary>A session is gone, and a new one was given as if nothing had happened.</summary>
    VanishedSession,

    /// <summary>A value is older than one that was acknowledged after it.</summary>
    OlderState,

    /// <summary>A write was made more than once.</summary>
    Duplicate,

    /// <summary>A write that was answered with an error took effect after later ones were acknowledged.</summary>
    LateWrite,

    /// <summary>There is a write that this session's visitor never made.</summary>
    ForeignWrite,

    /// <summary>A session whose end was acknowledged is there.</summary>
    Resurrected,
}

/// <summary>One thing that went wrong, with what is needed to look for its cause.</summary>
/// <param name="Fault">In which way.</param>
/// <param name="Session">Where.</param>
/// <param name="What">What was seen.</param>
/// <param name="IsOfRegister">
/// Whether it was seen in a value that each write replaces, so that one of two sides has to give way.
/// </param>
internal sealed record Finding(Fault Fault, string Session, string What, bool IsOfRegister = false)
{
    private readonly DateTime _at = DateTime.UtcNow;

    /// <summary>With the time at which it was seen, as members write it into their logs.</summary>
    public string Dated => $"{_at:HH:mm:ss.fff} {this}";

    public override string ToString() => $"{Fault} in {Session[..Math.Min(8, Session.Length)]}: {What}";
}
