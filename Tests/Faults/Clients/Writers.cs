using System.Globalization;

namespace SessionCluster.Tests.Faults.Clients;

/// <summary>Several writers at work. They go on until they are stopped, whatever happens to the cluster.</summary>
internal sealed class Writers : IAsyncDisposable
{
    private readonly List<Writer> _writers = [];
    private readonly List<Leaver> _leavers = [];

    /// <summary>What they were told.</summary>
    public Ledger Ledger { get; } = new();

    /// <summary>How many there are.</summary>
    public int Count => _writers.Count;

    /// <summary>The sessions that are written to now.</summary>
    public IReadOnlyList<string> Sessions => [.. _writers.Select(writer => writer.Session).OfType<string>()];

    /// <summary>Adds writers that use these doors, and lets them start.</summary>
    /// <param name="kind">How they are called in what is found.</param>
    /// <param name="count">How many.</param>
    /// <param name="doors">The balancer, or nodes.</param>
    public Writers Start(string kind, int count, params Uri[] doors) => Start(kind, count, isBasketOnly: false, doors);

    /// <summary>Adds writers that write each value once, under a key of its own.</summary>
    public Writers StartBaskets(string kind, int count, params Uri[] doors) =>
        Start(kind, count, isBasketOnly: true, doors);

    /// <summary>How many sessions have ended, as their visitors were told.</summary>
    public int Ended => _leavers.Sum(leaver => leaver.Ended);

    /// <summary>Adds visitors who end each session soon after they have begun it.</summary>
    public Writers StartLeavers(int count, params Uri[] doors)
    {
        for (var number = 1; number <= count; number++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"leaver {number}");
            _leavers.Add(new Leaver(name, doors, Ledger, seed: number));
        }

        return this;
    }

    private Writers Start(string kind, int count, bool isBasketOnly, Uri[] doors)
    {
        for (var number = 1; number <= count; number++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{kind} {number}");
            var writer = new Writer(name, doors, Ledger, seed: _writers.Count + 1, isBasketOnly);
            _writers.Add(writer);
            writer.Start();
        }

        return this;
    }

    /// <summary>Lets them stop, and holds every session that they ever wrote to against what they were told.</summary>
    public async Task<Ledger> FinishAsync()
    {
        await Task.WhenAll(_leavers.Select(leaver => leaver.FinishAsync()));
        await Task.WhenAll(_writers.Select(writer => writer.StopAsync()));
        await Task.WhenAll(_writers.Select(writer => writer.CompareAllAsync()));
        TestContext.Current.SendDiagnosticMessage("{0}", Ledger);
        return Ledger;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var leaver in _leavers)
        {
            await leaver.DisposeAsync();
        }

        foreach (var writer in _writers)
        {
            await writer.DisposeAsync();
        }
    }
}
