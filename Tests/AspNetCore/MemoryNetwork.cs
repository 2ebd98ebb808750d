using System.Threading.Channels;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>Connects the nodes of one test within the process. Messages can be held, and nodes cut off.</summary>
internal sealed class MemoryNetwork
{
    private readonly Lock _lock = new();
    private readonly Dictionary<NodeId, Transport> _nodes = [];
    private readonly List<(Transport To, PeerMessage Message)> _held = [];
    private readonly HashSet<NodeId> _silent = [];
    private readonly HashSet<NodeId> _refusing = [];
    private Func<Message, bool> _holds = static _ => false;
    private TaskCompletionSource _firstHeld = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IPeerTransport Add(Member self, MemberRole role) => new Transport(this, self, role);

    /// <summary>Holds messages of a kind from now on. The task ends when the first one is held.</summary>
    public Task Hold<T>()
        where T : Message
    {
        lock (_lock)
        {
            _firstHeld = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _holds = static message => message is T;
            return _firstHeld.Task;
        }
    }

    /// <summary>Delivers what was held, in its order.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _holds = static _ => false;
            foreach ((Transport to, PeerMessage message) in _held)
            {
                to.Post(message);
            }

            _held.Clear();
        }
    }

    /// <summary>Nothing goes in or out of a node any more, and nobody is told.</summary>
    public void Silence(string node)
    {
        lock (_lock)
        {
            _silent.Add(new NodeId(node));
        }
    }

    private void Connect(Transport node)
    {
        lock (_lock)
        {
            foreach (Transport other in _nodes.Values)
            {
                other.Post(new LinkUp(node.Self, node.Role));
                node.Post(new LinkUp(other.Self, other.Role));
            }

            _nodes[node.Self.Node] = node;
            _refusing.Remove(node.Self.Node);
        }
    }

    /// <summary>The process has ended: its peers' dials are refused.</summary>
    private void Disconnect(Transport node)
    {
        lock (_lock)
        {
            if (_nodes.Remove(node.Self.Node) && !_silent.Contains(node.Self.Node))
            {
                foreach (Transport other in _nodes.Values)
                {
                    other.Post(new LinkDown(node.Self));
                    other.Post(new DialRefused(node.Self.Node));
                }

                _refusing.Add(node.Self.Node);
            }
        }
    }

    /// <summary>A node dials again whoever has ended.</summary>
    private void Redial(Transport node)
    {
        lock (_lock)
        {
            foreach (NodeId ended in _refusing)
            {
                node.Post(new DialRefused(ended));
            }
        }
    }

    private void Send(Transport from, Member to, Message message)
    {
        lock (_lock)
        {
            bool passes = _nodes.TryGetValue(to.Node, out Transport? target) && target.Self == to
                && !_silent.Contains(to.Node) && !_silent.Contains(from.Self.Node);
            if (!passes)
            {
                return;
            }

            // The loop uses its messages again, and this one may be held.
            var input = new PeerMessage(from.Self, message with { });
            if (_holds(message))
            {
                _held.Add((target!, input));
                _firstHeld.TrySetResult();
            }
            else
            {
                target!.Post(input);
            }
        }
    }

    private sealed class Transport(MemoryNetwork network, Member self, MemberRole role) : IPeerTransport
    {
        private static readonly TimeSpan RedialDelay = TimeSpan.FromMilliseconds(100);

        private readonly Channel<Input> _arrived = Channel.CreateUnbounded<Input>();
        private Task _pump = Task.CompletedTask;
        private Task _redials = Task.CompletedTask;
        private volatile bool _hasEnded;

        public Member Self => self;

        public MemberRole Role => role;

        public Task StartAsync(IInputSink sink, CancellationToken cancellationToken)
        {
            _pump = Task.Run(
                async () =>
                {
                    await foreach (Input input in _arrived.Reader.ReadAllAsync(CancellationToken.None))
                    {
                        await sink.PostAsync(input, CancellationToken.None);
                        sink.Advance();
                    }
                },
                CancellationToken.None);
            network.Connect(this);
            _redials = RedialAsync();
            return Task.CompletedTask;
        }

        public void Enqueue(Member to, Message message) => network.Send(this, to, message);

        public void Flush()
        {
        }

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            network.Disconnect(this);
            _hasEnded = true;
            await _redials;
            _arrived.Writer.TryComplete();
            await _pump;
        }

        public void Post(Input input) => _arrived.Writer.TryWrite(input);

        private async Task RedialAsync()
        {
            using var timer = new PeriodicTimer(RedialDelay);
            while (!_hasEnded && await timer.WaitForNextTickAsync())
            {
                network.Redial(this);
            }
        }
    }
}
