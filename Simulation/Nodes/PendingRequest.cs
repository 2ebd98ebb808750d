namespace SessionCluster.Simulation;

/// <summary>What the shell keeps of a request while the machine works on it.</summary>
internal abstract class PendingRequest
{
    /// <summary>By what the machine knows it.</summary>
    public long Number { get; set; }

    /// <summary>The session's name.</summary>
    public abstract string Session { get; }

    /// <summary>When the machine was asked.</summary>
    public TimeSpan BeganAt { get; set; }

    /// <summary>The moment at which the machine was asked, as the histories count.</summary>
    public long BeganMoment { get; set; }

    /// <summary>Whether the machine has answered.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>The input that hands the request to the machine.</summary>
    public abstract Input Begin(long number);

    /// <summary>The machine takes the input now.</summary>
    public abstract void Invoked(SimulatedProcess process);

    /// <summary>The machine has answered.</summary>
    public abstract void Completed(SimulatedProcess process, Completion completion);

    /// <summary>The process has died. What became of the request nobody knows.</summary>
    public abstract void Abandon();
}
