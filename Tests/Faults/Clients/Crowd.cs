using System.Collections.Concurrent;
using System.Globalization;
using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.Faults.Clients;

/// <summary>
/// Thousands of visitors of one door, each with a session of its own that counts up, so that an older state can be
/// told. It finds out which sessions are lost; everything else that goes wrong is in the ledger.
/// </summary>
internal sealed class Crowd : IAsyncDisposable
{
    private const int AtOnce = 8;
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(5);

    private readonly Uri _door;
    private readonly int _bytes;
    private readonly HttpClient _http;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Guest> _guests = [];
    private Task _writing = Task.CompletedTask;

    /// <param name="door">The balancer.</param>
    /// <param name="bytes">The size of each session, about.</param>
    public Crowd(Uri door, int bytes)
    {
        (_door, _bytes) = (door, bytes);
        _http = new HttpClient(new SocketsHttpHandler { UseCookies = false, UseProxy = false })
        {
            Timeout = LongestAnswer,
        };
    }

    /// <summary>What was found wrong, lost sessions that were told included.</summary>
    public Ledger Ledger { get; } = new();

    /// <summary>Lets so many visitors come, and each write once.</summary>
    public Task ComeAsync(int count) => Parallel.ForEachAsync(Enumerable.Range(0, count), Together, async (_, _) =>
    {
        var guest = new Guest(new Visitor(_http));
        var answer = await WriteAsync(guest);
        Assert.True(guest.Session.Length > 0, $"A visitor was not let in: {answer.Text}");
        _guests.Add(guest);
    });

    /// <summary>Lets them write on, one after another, until they are asked.</summary>
    public void StartWriting() => _writing = Task.Run(async () =>
    {
        foreach (var guest in _guests.TakeWhile(_ => !_end.IsCancellationRequested))
        {
            await WriteAsync(guest);
        }
    });

    /// <summary>Asks for every session until there is an answer, and compares.</summary>
    /// <returns>How many are lost.</returns>
    public async Task<int> CompareAllAsync()
    {
        await _end.CancelAsync();
        await _writing;
        await Parallel.ForEachAsync(_guests.Where(guest => !guest.IsLost), Together, async (guest, _) =>
        {
            var answer = await Eventually.SeeAsync(
                "an answer", Patience.Protection, () => guest.Visitor.SendAsync(HttpMethod.Get, _door, "/probe"),
                answer => answer.Seen is not null || answer.IsLost);
            Compare(guest, answer);
        });
        return _guests.Count(guest => guest.IsLost);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _writing;
        _http.Dispose();
        _end.Dispose();
    }

    private static ParallelOptions Together => new()
    {
        MaxDegreeOfParallelism = AtOnce,
        CancellationToken = TestContext.Current.CancellationToken,
    };

    private async Task<Answer> WriteAsync(Guest guest)
    {
        var number = ++guest.Tried;
        using var nothing = new ByteArrayContent([]);
        var path = string.Create(CultureInfo.InvariantCulture, $"/probe/{number}?bytes={_bytes}");
        var answer = await guest.Visitor.SendAsync(HttpMethod.Post, _door, path, nothing);
        if (answer.Seen is { } seen && guest.Session.Length == 0)
        {
            guest.Session = seen.Session;
        }

        Compare(guest, answer);
        if (answer.Seen is not null && !guest.IsLost)
        {
            Ledger.Acknowledge("of the crowd");
            guest.Acknowledged = number;
        }

        return answer;
    }

    /// <summary>Holds an answer against what was acknowledged before it.</summary>
    private void Compare(Guest guest, Answer answer)
    {
        if (answer.IsLost || (answer.Seen is { } other && other.Session != guest.Session))
        {
            guest.IsLost = true;
            Find(answer.IsLost ? Fault.LostSession : Fault.VanishedSession, guest, answer.Text);
        }
        else if (answer.Seen is { } seen && (seen.Previous ?? 0) < guest.Acknowledged)
        {
            Find(Fault.OlderState, guest, $"{seen.Node} has {seen.Previous}, acknowledged is {guest.Acknowledged}");
        }
        else if (answer.Seen is { } later && later.Previous > guest.Tried)
        {
            Find(
                Fault.ForeignWrite, guest,
                $"{later.Node} has {later.Previous}, the last that was written is {guest.Tried}");
        }
    }

    private void Find(Fault fault, Guest guest, string what) => Ledger.Find([new Finding(fault, guest.Session, what)]);

    /// <summary>One visitor, and what it knows.</summary>
    private sealed class Guest(Visitor visitor)
    {
        public Visitor Visitor => visitor;

        public string Session { get; set; } = "";

        public long Tried { get; set; }

        public long Acknowledged { get; set; }

        public bool IsLost { get; set; }
    }
}
