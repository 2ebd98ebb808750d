using StackExchange.Redis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>Several commands that the store does in one step, or none of them.</summary>
internal static class StoreStep
{
    /// <summary>Does them.</summary>
    /// <param name="database">The store.</param>
    /// <param name="mark">A key on the same server of a cluster, of which nobody needs anything.</param>
    /// <param name="add">Adds the commands, and says which of their answers is wanted.</param>
    /// <exception cref="RedisException">The store cannot be reached, or refuses.</exception>
    /// <exception cref="TimeoutException">It does not answer; it may do yet what it was asked.</exception>
    /// <remarks>
    /// Of a step the store says only that something in it was refused, and a client can send none of it on where a key
    /// has moved to another server. A command by itself is told why, or sent on, by which the client learns where the
    /// key is now.
    /// </remarks>
    public static async Task<T> RunAsync<T>(IDatabase database, RedisKey mark, Func<ITransaction, Task<T>> add)
    {
        try
        {
            return await RunOnceAsync(database, add).ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (StoreFailure.IsAborted(exception))
        {
            await StoreMark.WriteAsync(database, mark).ConfigureAwait(false);
            return await RunOnceAsync(database, add).ConfigureAwait(false);
        }
    }

    private static async Task<T> RunOnceAsync<T>(IDatabase database, Func<ITransaction, Task<T>> add)
    {
        ITransaction step = database.CreateTransaction();
        Task<T> answer = add(step);
        try
        {
            await step.ExecuteAsync().ConfigureAwait(false);
        }
        catch
        {
            // It has failed with the step, and nobody asks for it any more.
            _ = answer.ContinueWith(
                static late => late.Exception,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            throw;
        }

        return await answer.ConfigureAwait(false);
    }
}
