namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Carries messages between the members, in order for each peer, over one connection a pair of members.
/// </summary>
internal interface IPeerTransport
{
    /// <summary>
    /// Begins to listen and to dial. Inputs (<see cref="LinkUp"/>, <see cref="LinkDown"/>, <see cref="DialRefused"/>,
    /// messages) go to the sink.
    /// </summary>
    Task StartAsync(IInputSink sink, CancellationToken cancellationToken);

    /// <summary>
    /// Queues a message to a connected peer process; dropped where that very process is not connected. Called by the
    /// loop only.
    /// </summary>
    void Enqueue(Member to, Message message);

    /// <summary>
    /// Lets everything that was queued since the last call leave, coalesced into one write a peer. Called by the loop
    /// only.
    /// </summary>
    void Flush();

    /// <summary>Closes the listener and all connections.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}

/// <summary>Takes the inputs of the machine.</summary>
internal interface IInputSink
{
    /// <summary>
    /// Waits while the loop's queue is full, which holds back the sender. The end of a link waits for
    /// <see cref="Advance"/>: whoever tells it has something to do that is more urgent.
    /// </summary>
    ValueTask PostAsync(Input input, CancellationToken cancellationToken);

    /// <summary>
    /// Posts what a peer has said. It waits for <see cref="Advance"/>, so that all that has come together is worked
    /// off, and answered, together.
    /// </summary>
    ValueTask PostAsync(Member from, ReceivedFrame frame, CancellationToken cancellationToken);

    /// <summary>Lets the machine work off what was posted.</summary>
    void Advance();
}
