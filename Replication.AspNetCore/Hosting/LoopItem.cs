namespace SessionCluster.Replication.AspNetCore.Hosting;

/// <summary>One entry of the loop's queue; the default only wakes the loop.</summary>
internal readonly struct LoopItem
{
    public LoopItem(Input input, long number = 0, PendingRequest? request = null) =>
        (Input, Number, Request) = (input, number, request);

    public LoopItem(Member from, ReceivedFrame frame) => (From, Frame) = (from, frame);

    public LoopItem(Inspection inspection) => Inspection = inspection;

    public Input? Input { get; }

    public long Number { get; }

    /// <summary>Who waits for the completion of the input.</summary>
    public PendingRequest? Request { get; }

    /// <summary>What a peer has said.</summary>
    public ReceivedFrame? Frame { get; }

    /// <summary>The process that has said it.</summary>
    public Member From { get; }

    public Inspection? Inspection { get; }
}
