using System.Globalization;
using System.Net.Sockets;
using SessionCluster.Benchmarks.Load;

namespace SessionCluster.Benchmarks.Compare;

/// <summary>
/// A few sessions among many, each with a value of a length of its own, that their clients ask for again when a node
/// has died: at the node where they were, or at another where that is the dead one.
/// </summary>
internal sealed class SampledSessions : IDisposable
{
    public const int Count = 100;

    private const string Value = "/probe/values/v";

    private readonly OpenConnections _clients = new();
    private readonly IReadOnlyList<int> _ports;

    /// <summary>Begins them, spread evenly over the ports.</summary>
    /// <exception cref="InvalidOperationException">One could not be begun.</exception>
    public SampledSessions(IReadOnlyList<int> ports)
    {
        _ports = ports;
        try
        {
            for (int number = 0; number < Count; number++)
            {
                _clients.Open(ports[number % ports.Count]).Exchange("POST", $"{Value}?bytes={LengthOf(number)}");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Asks for all of them.</summary>
    /// <param name="living">The ports of the nodes that are left.</param>
    /// <returns>How many have not the value that was written, or are not answered with success.</returns>
    public int CountLost(IReadOnlyList<int> living)
    {
        int lost = 0;
        for (int number = 0; number < Count; number++)
        {
            int port = _ports[number % _ports.Count];
            using LoadConnection client = _clients.All[number].MoveTo(
                living.Contains(port) ? port : living[number % living.Count]);
            lost += Has(client, number) ? 0 : 1;
        }

        return lost;
    }

    public void Dispose() => _clients.Dispose();

    private static bool Has(LoadConnection client, int number)
    {
        try
        {
            return client.Exchange("GET", Value) == LengthOf(number);
        }
        catch (Exception refused) when (refused is InvalidOperationException or IOException or SocketException)
        {
            // There is no such value, or the session is said to be lost, or nobody answers.
            return false;
        }
    }

    private static string LengthOf(int number) => (number + 1).ToString(CultureInfo.InvariantCulture);
}
