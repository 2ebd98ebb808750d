namespace SessionCluster.Simulation;

/// <summary>
/// The seam through which every message goes from one process to another: it becomes bytes and a message again, so that
/// two processes share no object, and the codec is simulated with the rest.
/// </summary>
internal sealed class MessagePassage
{
    /// <summary>How many messages went through.</summary>
    public long Carried { get; private set; }

    /// <summary>What the receiver gets.</summary>
    public Message Carry(Message message)
    {
        Carried++;
        return message;
    }
}
