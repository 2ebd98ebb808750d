namespace SessionCluster.Tests.EndToEnd;

/// <summary>
/// Waits for something in another process that nobody announces. The one place where an end-to-end test looks again
/// and again; all other waits are for events.
/// </summary>
internal static class Eventually
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);

    /// <summary>Looks until what is seen is as expected.</summary>
    /// <param name="expectation">What is expected.</param>
    /// <param name="patience">For how long.</param>
    /// <param name="look">Looks.</param>
    /// <param name="isAsExpected">Whether that is it.</param>
    /// <param name="between">The time between two looks, for what passes quickly.</param>
    /// <returns>What was seen then.</returns>
    public static async Task<T> SeeAsync<T>(
        string expectation, TimeSpan patience, Func<Task<T>> look, Func<T, bool> isAsExpected, TimeSpan? between = null)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var seen = await look();
            if (isAsExpected(seen))
            {
                return seen;
            }

            Assert.True(
                TimeProvider.System.GetElapsedTime(started) < patience,
                $"Expected within {patience.TotalSeconds} s: {expectation}. Last seen: {Describe(seen)}");
            await Task.Delay(between ?? BetweenLooks, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>All of what was asked of several, not only that it was several.</summary>
    private static string Describe<T>(T seen) => seen is System.Collections.IEnumerable all and not string
        ? string.Join(", ", all.Cast<object>())
        : $"{seen}";
}
