using System.Globalization;
using SessionCluster.Tests.EndToEnd;

namespace SessionCluster.Tests.Faults.Clients;

/// <summary>
/// A client that begins one session after another, writes to it, and ends it, as who signs out does. It keeps the former
/// cookie, and asks with it now and then: a session whose end was acknowledged may not be there again.
/// </summary>
internal sealed class Leaver : IAsyncDisposable
{
    private const int Writes = 2;
    private static readonly TimeSpan BetweenSessions = TimeSpan.FromMilliseconds(40);

    // As a writer's.
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(5);

    private readonly string _name;
    private readonly IReadOnlyList<Uri> _doors;
    private readonly Ledger _ledger;
    private readonly Random _random;
    private readonly HttpClient _http;
    private readonly CancellationTokenSource _end = new();
    private readonly List<(Visitor Former, string Session)> _ended = [];
    private readonly Task _running;
    private int _door;

    /// <param name="name">How it is called in what is found.</param>
    /// <param name="doors">The balancer, or nodes. Whichever does not answer is left for the next one.</param>
    /// <param name="ledger">Gets what is found.</param>
    /// <param name="seed">Of its chances.</param>
    public Leaver(string name, IReadOnlyList<Uri> doors, Ledger ledger, int seed)
    {
        (_name, _doors, _ledger, _random) = (name, doors, ledger, new Random(seed));
        _http = new HttpClient(
            new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, UseProxy = false })
        {
            Timeout = LongestAnswer,
        };
        _running = Task.Run(RunAsync);
    }

    /// <summary>How many sessions it was told that they have ended.</summary>
    public int Ended => _ended.Count;

    /// <summary>Begins none any more, and asks for each that has ended at each door.</summary>
    public async Task FinishAsync()
    {
        await StopAsync();
        foreach (var (former, session) in _ended)
        {
            foreach (var door in _doors)
            {
                var answer = await Eventually.SeeAsync(
                    $"an answer of {door} to {_name}",
                    Patience.Protection,
                    () => AskAsync(former, door),
                    answer => answer.Seen is not null || answer.IsLost);
                Compare(answer, session, door);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _http.Dispose();
        _end.Dispose();
    }

    private async Task StopAsync()
    {
        await _end.CancelAsync();
        await _running;
    }

    private async Task RunAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            await BeginAndEndAsync();
            if (_ended.Count > 0)
            {
                var (former, session) = _ended[_random.Next(_ended.Count)];
                var door = _doors[_random.Next(_doors.Count)];
                Compare(await AskAsync(former, door), session, door);
            }

            await Task.Delay(BetweenSessions, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>An end that is answered with an error may have happened or not: it is not looked for.</summary>
    private async Task BeginAndEndAsync()
    {
        var visitor = new Visitor(_http);
        string? session = null;
        for (var number = 1; number <= Writes; number++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"/probe/{number}?bytes=64");
            session = (await PostAsync(visitor, path))?.Session;
            if (session is null)
            {
                return;
            }
        }

        var former = visitor.Copy();
        if ((await PostAsync(visitor, "/probe/end"))?.Session == session)
        {
            _ended.Add((former, session!));
        }
    }

    private async Task<SeenState?> PostAsync(Visitor visitor, string path)
    {
        using var nothing = new ByteArrayContent([]);
        var answer = await visitor.SendAsync(HttpMethod.Post, _doors[_door], path, nothing);
        _door = answer.Seen is null ? (_door + 1) % _doors.Count : _door;
        return answer.Seen;
    }

    /// <summary>Whoever is not given the session is given a new one, so each asks with a browser of its own.</summary>
    private static Task<Answer> AskAsync(Visitor former, Uri door) =>
        former.Copy().SendAsync(HttpMethod.Get, door, "/probe");

    private void Compare(Answer answer, string session, Uri door)
    {
        if (answer.Seen is { } seen && seen.Session == session)
        {
            _ledger.Find([new Finding(Fault.Resurrected, session, $"{_name} at {door}: on {seen.Node}")]);
        }
    }
}
