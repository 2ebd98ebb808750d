using System.Collections.Concurrent;

namespace SessionCluster.Tests.Faults.Clients;

/// <summary>
/// What all writers of a test were told: the acknowledgements, the errors, and what does not fit together.
/// </summary>
internal sealed class Ledger
{
    private readonly ConcurrentQueue<Finding> _findings = new();
    private readonly ConcurrentQueue<FailedRequest> _failures = new();
    private long _acknowledged;
    private long _sessions;

    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>How many sessions have at least one acknowledged write.</summary>
    public long Sessions => Interlocked.Read(ref _sessions);

    public IReadOnlyCollection<Finding> Findings => _findings;

    public IReadOnlyCollection<FailedRequest> Failures => _failures;

    /// <summary>The time of this ledger, for example of a fault.</summary>
    public static long Now => TimeProvider.System.GetTimestamp();

    public void Acknowledge() => Interlocked.Increment(ref _acknowledged);

    public void SessionBegan() => Interlocked.Increment(ref _sessions);

    public void Fail(FailedRequest failure) => _failures.Enqueue(failure);

    public void Find(IEnumerable<Finding> findings)
    {
        foreach (var finding in findings)
        {
            _findings.Enqueue(finding);
        }
    }

    /// <summary>Fails where a request at this door failed that began later than <paramref name="grace"/> after each of
    /// the faults.</summary>
    public void AssertNoErrorPast(TimeSpan grace, Uri door, IReadOnlyCollection<long> faults)
    {
        var late = _failures.Where(failure => failure.Door == door && !faults.Any(fault => IsSoonAfter(failure, fault))).ToList();
        Assert.True(
            late.Count == 0, $"{late.Count} errors later than {grace.TotalSeconds} s after a fault:\n{string.Join('\n', late.Take(20))}");

        bool IsSoonAfter(FailedRequest failure, long fault)
        {
            var after = TimeProvider.System.GetElapsedTime(fault, failure.Began);
            return after > -failure.Took && after <= grace;
        }
    }

    /// <summary>Fails where anything but these was found.</summary>
    public void AssertNothingBut(params Fault[] allowed)
    {
        var wrong = _findings.Where(finding => !allowed.Contains(finding.Fault)).ToList();
        Assert.True(wrong.Count == 0, $"{this}\n{string.Join('\n', wrong.Take(20))}");
    }

    public override string ToString()
    {
        var counts = Enum.GetValues<Fault>().Select(fault => $"{fault} {_findings.Count(finding => finding.Fault == fault)}");
        return $"acknowledged {Acknowledged} in {Sessions} sessions, errors {_failures.Count}; {string.Join(", ", counts)}";
    }
}

/// <summary>A request that had no success.</summary>
/// <param name="Writer">Whose it was.</param>
/// <param name="Door">Where it was sent.</param>
/// <param name="Began">When it was sent.</param>
/// <param name="Took">How long the client waited.</param>
/// <param name="Text">What came instead.</param>
internal sealed record FailedRequest(string Writer, Uri Door, long Began, TimeSpan Took, string Text);
