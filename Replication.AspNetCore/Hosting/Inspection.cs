namespace SessionCluster.Replication.AspNetCore.Hosting;

/// <summary>A question that the loop answers between two steps, when the machine is at rest. It only reads.</summary>
internal abstract class Inspection
{
    public abstract void Run(ReplicationNode node, Instant now);

    /// <summary>The loop has ended; there is no answer.</summary>
    public abstract void Cancel();
}

/// <inheritdoc/>
internal sealed class Inspection<T>(Func<ReplicationNode, Instant, T> read) : Inspection
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Answer => _answer.Task;

    public override void Run(ReplicationNode node, Instant now) => _answer.TrySetResult(read(node, now));

    public override void Cancel() => _answer.TrySetCanceled();
}
