using StackExchange.Redis;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Whether the store answers. One that stands still keeps its connections, so each request would wait for as long as
/// it may; here the first that has waited in vain spares the others that, those who wait as well as those who come
/// until the store has answered a probe.
/// </summary>
/// <param name="connect">The connection to it.</param>
/// <param name="rehearse">
/// Asks of it what a session needs: who only asks whether the store is there does not learn that it takes nothing.
/// </param>
/// <param name="betweenProbes">How long it is left alone after a probe that it has not answered.</param>
/// <param name="turned">Called when it has fallen silent, with the reason, and when it is heard again.</param>
/// <param name="troubled">Called when the trouble has changed: what it is, and why, as far as is known.</param>
internal sealed class StorePulse(
    Func<Task<IConnectionMultiplexer>> connect,
    Func<IConnectionMultiplexer, Task> rehearse,
    TimeSpan betweenProbes,
    Action<IConnectionMultiplexer, string> turned,
    Action<string?, string> troubled)
    : IDisposable
{
    private const string Unreachable = "cannot be reached";

    /// <summary>How often it is rehearsed whether the store does what a session needs.</summary>
    private static readonly TimeSpan BetweenBeats = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the store is heard again; null while it answers.</summary>
    private TaskCompletionSource? _silence;

    /// <summary>Cancelled when the store falls silent; another one from when it is heard again.</summary>
    private volatile CancellationTokenSource _fall = new();

    private volatile string? _trouble;

    /// <summary>Whether the store is not to be asked.</summary>
    public bool IsSilent => Volatile.Read(ref _silence) is not null;

    /// <summary>
    /// What is wrong with a store that is there, in a few words: it refuses what is written, or has no server that may
    /// take it. Null where nothing is.
    /// </summary>
    public string? Trouble => _trouble;

    /// <summary>Whether nobody is to be asked any more.</summary>
    public bool HasEnded => _ended.Task.IsCompleted;

    /// <summary>
    /// Asks the store all the time, so that its silence is known also to a node that no request has come to since.
    /// </summary>
    public void Begin() => _ = BeatAsync();

    /// <summary>Asks the store something, and learns from it whether it answers.</summary>
    /// <exception cref="StoreSilentException">
    /// It has not answered what it was asked last, and was not asked.
    /// </exception>
    /// <exception cref="TimeoutException">
    /// It does not answer; or not another one, and this one waits no longer either. It may do yet what it was asked.
    /// </exception>
    public async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        if (IsSilent)
        {
            throw new StoreSilentException();
        }

        CancellationToken fall = _fall.Token;
        Task<T> answer = ask();
        try
        {
            return await answer.WaitAsync(fall).ConfigureAwait(false);
        }
        catch (RedisTimeoutException)
        {
            await BecomeSilentAsync().ConfigureAwait(false);
            throw;
        }
        catch (OperationCanceledException) when (fall.IsCancellationRequested && !answer.IsCompletedSuccessfully)
        {
            _ = answer.ContinueWith(
                static late => late.Exception,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            throw new TimeoutException("The store does not answer.");
        }
    }

    /// <inheritdoc cref="AskAsync{T}"/>
    public Task AskAsync(Func<Task> ask) => AskAsync(async () =>
    {
        await ask().ConfigureAwait(false);
        return true;
    });

    /// <summary>Waits until the store answers, or nobody is to be asked any more.</summary>
    public Task UntilHeardAsync() => Volatile.Read(ref _silence)?.Task ?? Task.CompletedTask;

    /// <summary>Lets some time pass before something is tried again. Ends at once when nobody is to be asked.</summary>
    public Task PauseAsync() => PauseAsync(betweenProbes);

    /// <summary>Asks no more. May be called again, as the container does for who is registered twice.</summary>
    public void Dispose() => _ended.TrySetResult();

    private async Task PauseAsync(TimeSpan duration) =>
        await Task.WhenAny(Task.Delay(duration), _ended.Task).ConfigureAwait(false);

    private async Task BeatAsync()
    {
        while (!HasEnded)
        {
            (string? trouble, string reason) = await FindTroubleAsync().ConfigureAwait(false);
            if (trouble != _trouble && !HasEnded)
            {
                // Whoever sees it on a page finds it in the log.
                troubled(trouble, reason);
                _trouble = trouble;
            }

            await PauseAsync(_trouble is null ? BetweenBeats : betweenProbes).ConfigureAwait(false);
        }
    }

    private async Task<(string? Trouble, string Reason)> FindTroubleAsync()
    {
        IConnectionMultiplexer? connection = null;
        try
        {
            connection = await connect().ConfigureAwait(false);
            await AskAsync(() => rehearse(connection)).ConfigureAwait(false);
        }
        catch (RedisServerException said)
        {
            return ($"refuses ({StoreFailure.CodeOf(said) ?? "error"})", said.Message);
        }
        catch (Exception exception) when (IsForWantOfMaster(exception, connection))
        {
            return (Unreachable, "none of its servers takes what is written");
        }
        catch (Exception exception) when (exception is RedisCommandException || !StoreFailure.Is(exception))
        {
            return ("cannot be used", exception.Message);
        }
        catch (Exception)
        {
            // What is to be learnt from it has been; nothing of whether it would do what was refused before.
            return (_trouble, "");
        }

        return (null, "");
    }

    /// <summary>
    /// Whether its servers are there, and none of them may be written to. In a cluster another one may have the rest.
    /// </summary>
    private static bool IsForWantOfMaster(Exception exception, IConnectionMultiplexer? connection) =>
        connection is { IsConnected: true } && !IsCluster(connection)
        && (exception is RedisConnectionException
            || (exception is RedisCommandException && Array.TrueForAll(
                connection.GetServers(), static server => server.IsReplica || !server.IsConnected)));

    private async Task BecomeSilentAsync()
    {
        IConnectionMultiplexer connection = await connect().ConfigureAwait(false);

        // One server of many that stands still has its own sessions; those of the others are to be served.
        if (HasEnded || IsCluster(connection))
        {
            return;
        }

        var silence = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _silence, silence, null) is null)
        {
            CancellationTokenSource fall = _fall;
            turned(connection, "it does not answer in time");
            _ = ProbeAsync(connection, silence);
            await fall.CancelAsync().ConfigureAwait(false);
        }
    }

    private static bool IsCluster(IConnectionMultiplexer connection) =>
        connection.GetServers().Any(static server => server.ServerType == ServerType.Cluster);

    private async Task ProbeAsync(IConnectionMultiplexer connection, TaskCompletionSource silence)
    {
        while (!HasEnded)
        {
            try
            {
                await connection.GetDatabase().PingAsync().ConfigureAwait(false);

                // Whoever sees that it is heard must not see that it had fallen silent.
                _fall = new CancellationTokenSource();
                Volatile.Write(ref _silence, null);
                turned(connection, "");
                break;
            }
            catch (Exception exception) when (StoreFailure.Is(exception))
            {
                // Where the connection has broken as well the answer comes at once, and there is time for a new one.
                await PauseAsync().ConfigureAwait(false);
            }
        }

        silence.SetResult();
    }
}

/// <summary>The store was not asked, as it has not answered what it was asked last.</summary>
internal sealed class StoreSilentException() : TimeoutException("The store does not answer.");
