namespace SessionCluster.Simulation;

/// <summary>
/// One TCP connection between two processes. Each side learns of its beginning and its end in its own time.
/// </summary>
internal sealed class Connection
{
    public Connection(SimulatedNetwork network, SimulatedProcess dialer, SimulatedProcess acceptor)
    {
        Dialer = dialer;
        Acceptor = acceptor;
        ToAcceptor = new Channel(network, this, dialer, acceptor);
        ToDialer = new Channel(network, this, acceptor, dialer);
    }

    public SimulatedProcess Dialer { get; }

    public SimulatedProcess Acceptor { get; }

    public Channel ToAcceptor { get; }

    public Channel ToDialer { get; }

    /// <summary>The acceptor has not been told yet; the dialer's first packet will do that.</summary>
    public bool IsOpening { get; set; } = true;

    /// <summary>Nothing is under way, and neither side takes this for its connection any more.</summary>
    public bool IsOver => !IsOpening && ToAcceptor.IsEmpty && ToDialer.IsEmpty
        && Dialer.Links[Acceptor.Host] != this && Acceptor.Links[Dialer.Host] != this;

    /// <summary>
    /// Whether one of two that take this for their connection waits for what should have come by now.
    /// </summary>
    public bool IsLate => (Dialer.Links[Acceptor.Host] == this || Acceptor.Links[Dialer.Host] == this)
        && (ToAcceptor.IsLate || ToDialer.IsLate);

    public SimulatedProcess PeerOf(SimulatedProcess side) => side == Dialer ? Acceptor : Dialer;

    public Channel From(SimulatedProcess side) => side == Dialer ? ToAcceptor : ToDialer;

    public Channel To(SimulatedProcess side) => side == Dialer ? ToDialer : ToAcceptor;
}
