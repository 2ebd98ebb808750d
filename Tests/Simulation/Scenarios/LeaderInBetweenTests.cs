using SessionCluster.Replication;
using SessionCluster.Simulation;

namespace SessionCluster.Tests.Simulation;

/// <summary>
/// A leader that never came into force had told one holder a commit, and died. Another holder had as many commits, the
/// last one of the leader before.
/// </summary>
public sealed class LeaderInBetweenTests
{
    private readonly SimulatedCluster _cluster = new(nodes: 5, backups: 2);
    private readonly SessionId _session;
    private readonly SimulatedProcess _primary;
    private readonly SimulatedProcess _first;
    private readonly SimulatedProcess _second;
    private readonly SimulatedProcess _between;
    private readonly long _counter;
    private readonly long _sequence;

    public LeaderInBetweenTests()
    {
        _cluster.Settle();
        _cluster.On(node: 1).Commit("cart", "shoes");
        _cluster.Settle();
        _session = _cluster.History.Sessions.Single().Id;
        Placement placement = _cluster.PlacementOf()!;
        SimulatedProcess[] holders =
            [.. placement.Holders.Select(member => _cluster.Nodes[_cluster.HostOf(member.Node)].Process!)];
        (_primary, _first, _second) = (holders[0], holders[1], holders[2]);
        _between = _cluster.Nodes
            .Select(static node => node.Process!).First(process => !placement.Contains(process.Member));
        _counter = _first.Machine.ConfigurationOf(_session).Counter;
        _sequence = _first.Machine.SequenceOf(_session);
    }

    /// <summary>Seed 1450000360 of <c>Changes</c>.</summary>
    [Fact]
    public void As_many_commits_are_not_the_same_ones()
    {
        TellOfThePrimary(_second, "socks");
        TellOfTheOneInBetween(_first, "boots");
        _cluster.Kill(_cluster.Nodes[_primary.Host]);
        _cluster.Kill(_cluster.Nodes[_between.Host]);

        ExpectTheSameAtBoth();
    }

    /// <summary>
    /// Found by reading: in the next view the leader before leads again, so what the holder knows of the session is
    /// what that one has recorded. But it has still the commit of the one in between when that leader dies as well.
    /// </summary>
    [Fact]
    public void Nor_are_they_after_a_view_that_knew_better()
    {
        TellOfTheOneInBetween(_first, "boots");
        _cluster.Kill(_cluster.Nodes[_between.Host]);
        _cluster.RunUntil(
            () => !_first.Machine.View.Contains(_between.Member) && _first.Machine.IsReady,
            TimeSpan.FromSeconds(5), "the next view");
        TellOfThePrimary(_second, "socks");
        _cluster.Kill(_cluster.Nodes[_primary.Host]);

        ExpectTheSameAtBoth();
    }

    private void TellOfThePrimary(SimulatedProcess to, string value) => Tell(to, _primary, _counter, value, null);

    private void TellOfTheOneInBetween(SimulatedProcess to, string value)
    {
        var coming = new Configuration(
            _counter + 1, new Placement([_between.Member, _first.Member, _second.Member]));
        Tell(to, _between, coming.Counter, null, coming);
        Tell(to, _between, coming.Counter, value, null);
    }

    private void Tell(SimulatedProcess to, SimulatedProcess from, long counter, string? value, Configuration? with)
    {
        SessionDelta delta = value is null
            ? SessionDelta.Nothing
            : SessionDelta.Setting("cart", WorkloadValue.Of(0, value));
        var told = new HolderVersion(counter, _sequence + (value is null ? 0 : 1));
        to.Take(new PeerMessage(from.Member, new Replicate(
            _session, told, _sequence, new ReplicatePayload(delta, null), TimeSpan.Zero, with,
            with is null ? 0 : to.Machine.View.Number)));
    }

    private void ExpectTheSameAtBoth()
    {
        Assert.Equal(_sequence + 1, _first.Machine.SequenceOf(_session));
        Assert.Equal(_sequence + 1, _second.Machine.SequenceOf(_session));
        _cluster.RunUntil(
            () => _first.Machine.Inspection.CopyOf(_session) is { Leads: true }
                && _first.Machine.ConfigurationOf(_session).Placement.Contains(_second.Member),
            TimeSpan.FromSeconds(10), "the next leader");

        Assert.Equal(CartOf(_first), CartOf(_second));
    }

    private string CartOf(SimulatedProcess process) =>
        process.Machine.StateOf(_session)!.TryGet("cart", out byte[]? cart) ? WorkloadValue.Text(cart!) : "";
}
