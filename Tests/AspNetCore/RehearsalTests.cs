using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore.Rehearsal;

namespace SessionCluster.Tests.AspNetCore;

/// <summary>What a process plays before it joins.</summary>
public sealed class RehearsalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_rehearsal_comes_to_its_end_and_finds_every_session_whose_node_has_died()
    {
        Task<LoadResult> play = FailoverRehearsal.PlayAsync();
        Assert.Equal(LoadResult.Found, await play.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_process_rehearses_once()
    {
        var logs = new RecordingLogs();
        await FailoverRehearsal.RunOnceAsync(logs);
        await FailoverRehearsal.RunOnceAsync(logs);
        Assert.InRange(logs.Entries.Count, 0, 1);
        Assert.DoesNotContain(
            logs.Entries, static entry => entry.Text.Contains("No failover", StringComparison.Ordinal));
    }
}
