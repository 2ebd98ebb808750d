using System.Collections.Concurrent;

namespace SessionCluster.Tests.Faults.Clients;

/// <summary>
/// What all writers of a test were told: the acknowledgements, the errors, and what does not fit together.
/// </summary>
internal sealed class Ledger
{
    /// <summary>
    /// As long as a commit may take (<c>CommitTimeout</c>): who sends it waits no longer for who stands still.
    /// </summary>
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(2);

    private readonly ConcurrentQueue<Finding> _findings = new();
    private readonly ConcurrentQueue<NotedRequest> _failures = new();
    private readonly ConcurrentQueue<NotedRequest> _late = new();
    private readonly ConcurrentQueue<(string Writer, long At)> _acknowledgements = new();
    private long _acknowledged;
    private long _sessions;

    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>How many sessions have at least one acknowledged write.</summary>
    public long Sessions => Interlocked.Read(ref _sessions);

    public IReadOnlyCollection<Finding> Findings => _findings;

    public IReadOnlyCollection<NotedRequest> Failures => _failures;

    /// <summary>The time of this ledger, for example of a fault.</summary>
    public static long Now => TimeProvider.System.GetTimestamp();

    /// <summary>Notes that this writer was told of success.</summary>
    public void Acknowledge(string writer)
    {
        Interlocked.Increment(ref _acknowledged);
        _acknowledgements.Enqueue((writer, Now));
    }

    /// <summary>
    /// The longest time in which one of these writers was not told of any success, between two moments, or before the
    /// first or after the last one. All of them have been told of one before the former moment.
    /// </summary>
    public TimeSpan LongestGap(string writers, long from, long to)
    {
        var gaps = _acknowledgements.Where(one => one.Writer.StartsWith(writers, StringComparison.Ordinal))
            .GroupBy(one => one.Writer, one => one.At)
            .Select(times => LongestOf([from, .. times.Where(at => at > from && at < to).Order(), to]));
        return gaps.Max();

        static TimeSpan LongestOf(long[] times) =>
            times.Zip(times[1..], TimeProvider.System.GetElapsedTime).Max();
    }

    public void SessionBegan() => Interlocked.Increment(ref _sessions);

    /// <summary>Notes a request that had no success.</summary>
    public void Fail(NotedRequest failure) => _failures.Enqueue(failure);

    /// <summary>Notes one that had success, where that took long.</summary>
    public void Succeed(NotedRequest success)
    {
        if (success.Took > LongestAnswer)
        {
            _late.Enqueue(success);
        }
    }

    public void Find(IEnumerable<Finding> findings)
    {
        foreach (var finding in findings)
        {
            _findings.Enqueue(finding);
        }
    }

    /// <summary>
    /// Fails where a request at this door failed, or was answered only after more than two seconds, that began later
    /// than <paramref name="grace"/> after each of the faults.
    /// </summary>
    public void AssertNothingNoticedPast(TimeSpan grace, Uri door, IReadOnlyCollection<long> faults)
    {
        AssertEmpty($"errors later than {grace.TotalSeconds} s after a fault", _failures.Where(IsPast));
        AssertEmpty(
            $"answers later than {LongestAnswer.TotalSeconds} s, "
            + $"to requests later than {grace.TotalSeconds} s after a fault",
            _late.Where(IsPast));

        bool IsPast(NotedRequest request) => request.Door == door && !faults.Any(fault => IsSoonAfter(request, fault));

        bool IsSoonAfter(NotedRequest request, long fault)
        {
            var after = TimeProvider.System.GetElapsedTime(fault, request.Began);
            return after > -request.Took && after <= grace;
        }
    }

    /// <summary>Fails where anything but these was found.</summary>
    public void AssertNothingBut(params Fault[] allowed)
    {
        var wrong = _findings.Where(finding => !allowed.Contains(finding.Fault)).ToList();
        Assert.True(wrong.Count == 0, $"{this}\n{string.Join('\n', wrong.Take(20))}");
    }

    private static void AssertEmpty(string what, IEnumerable<NotedRequest> requests)
    {
        var all = requests.ToList();
        Assert.True(all.Count == 0, $"{all.Count} {what}:\n{string.Join('\n', all.Take(20))}");
    }

    public override string ToString()
    {
        var counts = Enum.GetValues<Fault>().Select(
            fault => $"{fault} {_findings.Count(finding => finding.Fault == fault)}");
        return $"acknowledged {Acknowledged} in {Sessions} sessions, errors {_failures.Count}; "
            + string.Join(", ", counts);
    }
}

/// <summary>A request that had no success, or a late one.</summary>
/// <param name="Writer">Whose it was.</param>
/// <param name="Door">Where it was sent.</param>
/// <param name="Began">When it was sent.</param>
/// <param name="Took">How long the client waited.</param>
/// <param name="Text">What came.</param>
internal sealed record NotedRequest(string Writer, Uri Door, long Began, TimeSpan Took, string Text);
