using System.Globalization;
using System.Net.Http.Json;
using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.Faults.Clients;

/// <summary>
/// A client that writes one number after another, remembers every answer, and holds each later one against them. It
/// stays at its door (the balancer, or one node) until an answer fails, and sometimes changes it all the same.
/// </summary>
internal sealed class Writer : IAsyncDisposable
{
    private const double ChanceOfAnotherDoor = 0.05;
    private const double ChanceOfReading = 0.2;
    private static readonly TimeSpan BetweenWrites = TimeSpan.FromMilliseconds(40);

    // Longer than a node takes to refuse, shorter than a visitor would wait.
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(5);

    private readonly string _name;
    private readonly int _step;
    private readonly IReadOnlyList<Uri> _doors;
    private readonly Ledger _ledger;
    private readonly Random _random;
    private readonly HttpClient _http;
    private readonly CancellationTokenSource _end = new();
    private readonly List<(Visitor Visitor, WrittenSession Session)> _former = [];
    private Visitor _visitor;
    private WrittenSession? _session;
    private long _number;
    private int _door;
    private Task _running = Task.CompletedTask;

    /// <param name="name">How it is called in what is found.</param>
    /// <param name="doors">The balancer, or nodes.</param>
    /// <param name="ledger">Gets what it was told.</param>
    /// <param name="seed">Of its chances.</param>
    /// <param name="isBasketOnly">Whether it writes nothing that two sides could write differently.</param>
    public Writer(string name, IReadOnlyList<Uri> doors, Ledger ledger, int seed, bool isBasketOnly = false)
    {
        (_name, _doors, _ledger, _random) = (name, doors, ledger, new Random(seed));
        _step = isBasketOnly ? 2 : 1;
        _door = _random.Next(doors.Count);
        _http = new HttpClient(
            new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, UseProxy = false })
        {
            Timeout = LongestAnswer,
        };
        _visitor = new Visitor(_http);
    }

    /// <summary>The session that is written to now; null before the first acknowledgement.</summary>
    public string? Session => _session?.Id;

    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Writes no more.</summary>
    public async Task StopAsync()
    {
        await _end.CancelAsync();
        await _running;
    }

    /// <summary>Asks for each session that was ever written to, until there is an answer, and compares.</summary>
    public async Task CompareAllAsync()
    {
        var all = _session is null ? _former : [.. _former, (_visitor, _session)];
        foreach (var (visitor, session) in all)
        {
            await CompareAsync(visitor, session, "/");
            await CompareAsync(visitor, session, "/probe");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _http.Dispose();
        _end.Dispose();
    }

    private async Task StepAsync()
    {
        var succeeded = _session is not null && _random.NextDouble() < ChanceOfReading
            ? await ReadAsync(_session)
            : await WriteAsync();
        if (!succeeded || _random.NextDouble() < ChanceOfAnotherDoor)
        {
            _door = (_door + 1 + _random.Next(Math.Max(1, _doors.Count - 1))) % _doors.Count;
        }

        if (_session?.Writes >= WrittenSession.MostWrites / _step)
        {
            BeginAnew();
        }
    }

    /// <summary>Reads what is there, which takes less of the cluster's consent than a write.</summary>
    private async Task<bool> ReadAsync(WrittenSession session)
    {
        var began = Ledger.Now;
        var answer = await _visitor.SendAsync(HttpMethod.Get, _doors[_door], _random.Next(2) == 0 ? "/" : "/probe");
        Note(began, answer);
        if (answer.IsLost || (answer.Seen is { } other && other.Session != session.Id))
        {
            Lose(session, answer, answer.Seen);
            (_visitor, _session) = (new Visitor(_http), null);
        }
        else if (answer.Seen is { } seen)
        {
            _ledger.Find(session.Compare(seen));
        }

        return answer.Seen is not null;
    }

    /// <summary>Writes the next number once.</summary>
    private async Task<bool> WriteAsync()
    {
        var number = _number + 1;
        _number += _step;
        var began = Ledger.Now;
        using var content = WrittenSession.IsBasketItem(number)
            ? JsonContent.Create(new { item = number.ToString(CultureInfo.InvariantCulture), quantity = 1 })
            : (HttpContent)new ByteArrayContent([]);
        var path = WrittenSession.IsBasketItem(number) ? "/basket" : $"/probe/{number}?bytes=64";
        var answer = await _visitor.SendAsync(HttpMethod.Post, _doors[_door], path, content);
        Note(began, answer);
        if (answer.Seen is { } seen)
        {
            Take(number, answer, seen);
        }
        else
        {
            Doubt(number, answer);
        }

        return answer.Seen is not null;
    }

    private void Note(long began, Answer answer)
    {
        var request = new NotedRequest(
            _name, _doors[_door], began, TimeProvider.System.GetElapsedTime(began), answer.Text);
        if (answer.Seen is null)
        {
            _ledger.Fail(request);
        }
        else
        {
            _ledger.Succeed(request);
        }
    }

    private async Task RunAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            await StepAsync();
            await Task.Delay(BetweenWrites, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Take(long number, Answer answer, SeenState seen)
    {
        _ledger.Acknowledge(_name);
        if (_session is not null && _session.Id != seen.Session)
        {
            Lose(_session, answer, seen);
            _session = null;
        }

        if (_session is null)
        {
            _ledger.SessionBegan();
            _session = new WrittenSession(seen.Session);
        }

        if (seen.Basket is null)
        {
            _ledger.Find(_session.Compare(seen, number));
            _session.Acknowledge(number);
        }
        else
        {
            _session.Acknowledge(number);
            _ledger.Find(_session.Compare(seen));
        }
    }

    private void Doubt(long number, Answer answer)
    {
        if (_session is not null && answer.IsLost)
        {
            Lose(_session, answer, null);
            (_visitor, _session) = (new Visitor(_http), null);
        }
        else if (!answer.IsNotExecuted)
        {
            _session?.Doubt(number);
        }
    }

    private void Lose(WrittenSession session, Answer answer, SeenState? seen) => _ledger.Find(
    [
        new Finding(
            answer.IsLost ? Fault.LostSession : Fault.VanishedSession,
            session.Id,
            $"{_name} at {_doors[_door]}: {answer.Text}, now {seen?.Session} on {seen?.Node}"),
    ]);

    private void BeginAnew()
    {
        _former.Add((_visitor, _session!));
        (_visitor, _session, _number) = (new Visitor(_http), null, 0);
    }

    private async Task CompareAsync(Visitor visitor, WrittenSession session, string path)
    {
        var answer = await Eventually.SeeAsync(
            $"an answer of {path} to {_name}",
            Patience.Protection,
            () => visitor.SendAsync(HttpMethod.Get, _doors[_door = (_door + 1) % _doors.Count], path),
            answer => answer.Seen is not null || answer.IsLost);
        if (answer.Seen is { } seen && seen.Session == session.Id)
        {
            _ledger.Find(session.Compare(seen));
        }
        else
        {
            Lose(session, answer, answer.Seen);
        }
    }
}
