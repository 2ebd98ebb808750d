namespace SessionCluster.Benchmarks.Compare;

/// <summary>Does the steps of a run one by one; one that fails is reported, and the others have their turn.</summary>
internal sealed class Attempts(Findings findings, Action<string> tell, CancellationToken cancellationToken)
{
    /// <summary>What ends the whole run.</summary>
    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>Tells what begins, and does it.</summary>
    /// <returns>Whether it came to its end.</returns>
    public async Task<bool> TryAsync(string doing, Func<Task> work)
    {
        tell(doing);
        try
        {
            await work();
            return true;
        }
        catch (Exception failure)
        {
            // Ctrl+C reaches the members, too: what one meets that has gone first is no failure.
            cancellationToken.ThrowIfCancellationRequested();
            findings.AddFailure(doing, failure);
            return false;
        }
    }
}
