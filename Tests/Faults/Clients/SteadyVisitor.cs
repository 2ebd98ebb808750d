using System.Globalization;

namespace SessionCluster.Tests.Faults.Clients;

/// <summary>
/// A visitor who writes one number after the other at one door. Each must be acknowledged, and find the one before it.
/// </summary>
internal sealed class SteadyVisitor(HttpClient http, Uri door)
{
    private static readonly TimeSpan BetweenWrites = TimeSpan.FromMilliseconds(5);
    private readonly Visitor _visitor = new(http);
    private long _number;

    /// <summary>The session; empty before the first write.</summary>
    public string Session { get; private set; } = "";

    /// <summary>Writes the next number.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> WriteAsync()
    {
        using var nothing = new ByteArrayContent([]);
        var path = string.Create(CultureInfo.InvariantCulture, $"/probe/{_number + 1}?bytes=64");
        var began = Ledger.Now;
        var answer = await _visitor.SendAsync(HttpMethod.Post, door, path, nothing);
        var took = TimeProvider.System.GetElapsedTime(began);
        Assert.True(answer.Seen is not null, $"Write {_number + 1} was answered {answer.Text}");
        Session = Session.Length == 0 ? answer.Seen.Session : Session;
        Assert.Equal((Session, _number), (answer.Seen.Session, answer.Seen.Previous ?? 0));
        _number++;
        return took;
    }

    /// <summary>Writes on for so long.</summary>
    /// <returns>How long each write took.</returns>
    public async Task<IReadOnlyList<TimeSpan>> WriteForAsync(TimeSpan duration)
    {
        List<TimeSpan> took = [];
        var began = Ledger.Now;
        while (TimeProvider.System.GetElapsedTime(began) < duration)
        {
            took.Add(await WriteAsync());
            await Task.Delay(BetweenWrites, TestContext.Current.CancellationToken);
        }

        return took;
    }
}
