using System.Globalization;
using System.Net.Sockets;
using SessionCluster.Benchmarks.Load;

namespace SessionCluster.Benchmarks.Compare;

/// <summary>
/// A few sessions among many, each with a value of a length of its own, that their clients ask for again at other nodes
/// when one has died.
/// </summary>
internal sealed class SampledSessions : IDisposable
{
    public const int Count = 100;

    private const string Value = "/probe/values/v";

    private readonly OpenConnections _clients = new();

    /// <summary>Begins them, spread evenly over the ports.</summary>
    /// <exception cref="InvalidOperationException">One could not be begun.</exception>
    public SampledSessions(IReadOnlyList<int> ports)
    {
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

    /// <summary>Asks for all of them at other nodes.</summary>
    /// <param name="ports">Where to.</param>
    /// <returns>How many have not the value that was written, or are not answered with success.</returns>
    public int CountLost(IReadOnlyList<int> ports)
    {
        int lost = 0;
        for (int number = 0; number < Count; number++)
        {
            using LoadConnection moved = _clients.All[number].MoveTo(ports[number % ports.Count]);
            lost += Has(moved, number) ? 0 : 1;
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
