using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;
using SessionCluster.Balancer.Configuration;
using SessionCluster.Balancer.Failover;
using SessionCluster.Balancer.Health;

namespace SessionCluster.Tests.Balancer;

/// <summary>A watch is used for one request after another, and never ends one for what another one has met.</summary>
public sealed class NodeWatchTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MuchMore = TimeSpan.FromSeconds(20);

    private readonly FakeTimeProvider _time = new();
    private readonly RawNode _frozen = RawNode.Start("node1", RawNode.SilenceAsync);
    private readonly NodeAliveness _aliveness;
    private readonly NodeWatchPolicy _policy;

    public NodeWatchTests()
    {
        _frozen.IsFrozen = true;
        IConfiguration settings = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Balancer:Nodes:node1"] = _frozen.Address,
            ["Balancer:Retry:AliveTimeout"] = "00:00:00.2",
        }).Build();
        BalancerOptions options = BalancerOptions.Read(settings);
        Assert.Equal(Patience, options.Failover.Patience);
        _aliveness = new NodeAliveness(options);
        _policy = new NodeWatchPolicy(options.Failover, _aliveness, _time);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _aliveness.Dispose();
        await _frozen.DisposeAsync();
    }

    [Fact]
    public async Task Who_waits_for_a_frozen_node_is_released_and_the_watch_is_not_used_again()
    {
        NodeWatch watch = _policy.Create();
        ForwardedRequest request = Begin(watch);
        CancellationToken left = watch.Follow(Cancellation);

        watch.BeginWait();
        _time.Advance(Patience);

        await UntilAsync(left).WaitAsync(MuchMore, Cancellation);
        Assert.True(watch.IsFrozen);
        Assert.Equal(TryFailure.Frozen, request.Failure);
        watch.EndWait();
        Assert.False(_policy.Return(watch));
    }

    [Fact]
    public async Task What_is_asked_for_a_request_that_has_ended_does_not_end_the_next_one()
    {
        NodeWatch watch = _policy.Create();
        Begin(watch);
        watch.Follow(Cancellation);
        watch.BeginWait();
        _time.Advance(Patience);
        watch.EndWait();
        Assert.True(_policy.Return(watch));

        // The question that the first request has caused is still open, or has just failed, while the next one waits.
        ForwardedRequest next = Begin(watch);
        CancellationToken left = watch.Follow(Cancellation);
        watch.BeginWait();

        // Its answer is there when a second question has been answered.
        for (int question = 0; question < 2; question++)
        {
            Assert.False(await _aliveness.AnswersAsync(new Uri(_frozen.Address)).WaitAsync(MuchMore, Cancellation));
        }

        Assert.False(left.IsCancellationRequested);
        Assert.Equal(TryFailure.None, next.Failure);
        watch.EndWait();
    }

    [Fact]
    public async Task A_wait_has_its_whole_patience_however_long_the_one_before_it_took()
    {
        NodeWatch watch = _policy.Create();
        Begin(watch);
        CancellationToken left = watch.Follow(Cancellation);
        watch.BeginWait();
        _time.Advance(0.6 * Patience);
        watch.EndWait();

        watch.BeginWait();
        _time.Advance(0.6 * Patience);

        // Whatever has been asked for the wait of before is answered by now.
        for (int question = 0; question < 2; question++)
        {
            Assert.False(await _aliveness.AnswersAsync(new Uri(_frozen.Address)).WaitAsync(MuchMore, Cancellation));
        }

        Assert.False(watch.IsFrozen);
        _time.Advance((0.4 * Patience) + TimeSpan.FromMilliseconds(2));
        await UntilAsync(left).WaitAsync(MuchMore, Cancellation);
        Assert.True(watch.IsFrozen);
    }

    [Fact]
    public async Task A_shorter_patience_is_not_made_longer_by_the_wait_before()
    {
        NodeWatch watch = _policy.Create();
        Begin(watch);
        watch.HeadCame();
        watch.Follow(Cancellation);
        _frozen.IsFrozen = false;
        watch.BeginWait();
        watch.EndWait();

        Task rest = watch.BeginWaitForRest(Patience / 10);
        _time.Advance(Patience / 10);

        await rest.WaitAsync(MuchMore, Cancellation);
        watch.EndWait();
    }

    [Fact]
    public void A_caller_that_has_gone_cancels_its_own_request_only()
    {
        using var gone = new CancellationTokenSource();
        NodeWatch watch = _policy.Create();
        Begin(watch);
        watch.Follow(gone.Token);
        Assert.True(_policy.Return(watch));

        Begin(watch);
        CancellationToken left = watch.Follow(Cancellation);
        gone.Cancel();
        Assert.False(left.IsCancellationRequested);
        Assert.True(_policy.Return(watch));

        Begin(watch);
        left = watch.Follow(gone.Token);
        Assert.True(left.IsCancellationRequested);
        Assert.False(_policy.Return(watch));
    }

    [Fact]
    public async Task Who_waits_for_rest_is_told_of_it_by_a_node_that_lives_and_left_by_one_that_is_frozen()
    {
        NodeWatch watch = _policy.Create();
        ForwardedRequest request = Begin(watch);
        watch.HeadCame();
        CancellationToken left = watch.Follow(Cancellation);
        _frozen.IsFrozen = false;

        Task rest = watch.BeginWaitForRest(Patience / 10);
        _time.Advance(Patience / 10);

        await rest.WaitAsync(MuchMore, Cancellation);
        watch.EndWait();

        // Even if it has said a moment ago that it lives.
        _frozen.IsFrozen = true;
        rest = watch.BeginWaitForRest(Patience / 10);
        _time.Advance(Patience / 10);

        await UntilAsync(left).WaitAsync(MuchMore, Cancellation);
        Assert.False(rest.IsCompleted);
        Assert.Equal(TryFailure.Frozen, request.Failure);
    }

    private ForwardedRequest Begin(NodeWatch watch)
    {
        var request = new ForwardedRequest("GET", body: null);
        watch.Begin(new Uri(_frozen.Address), request);
        return request;
    }

    private static Task UntilAsync(CancellationToken cancelled)
    {
        var happened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cancelled.Register(happened.SetResult);
        return happened.Task;
    }
}
