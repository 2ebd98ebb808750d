using System.Globalization;

namespace SessionCluster.Tests.Faults.Clients;

/// <summary>
/// What the writes to one session were answered, and what may therefore be seen in it. A write is numbered. Odd numbers
/// go into the basket, each under a key of its own: whether one is there, and how often, can be seen for ever. Even
/// numbers go into the probe's one register, over the one before: there an older value can be told from a newer one.
/// </summary>
internal sealed class WrittenSession(string id)
{
    /// <summary>A basket takes 100 items; the session is left before it is full.</summary>
    public const int MostWrites = 160;

    // Acknowledged or once seen, and so fixed for good; and answered with an error, and so still open.
    private readonly HashSet<long> _certain = [];
    private readonly HashSet<long> _open = [];
    private long _register;
    private long _registerCertain;
    private long _registerOpen;

    public string Id => id;

    public int Writes => _certain.Count + _open.Count;

    public static bool IsBasketItem(long number) => number % 2 != 0;

    /// <summary>
    /// Write <paramref name="number"/> was answered with an error: it may have happened, now or later.
    /// </summary>
    public void Doubt(long number)
    {
        _open.Add(number);
        _registerOpen += IsBasketItem(number) ? 0 : 1;
    }

    /// <summary>Write <paramref name="number"/> was acknowledged.</summary>
    public void Acknowledge(long number)
    {
        _certain.Add(number);
        if (!IsBasketItem(number))
        {
            _register = Math.Max(_register, number);
            _registerCertain++;
        }
    }

    /// <summary>Compares what an answer says with what was answered before.</summary>
    /// <param name="seen">The answer.</param>
    /// <param name="writing">The even number whose write was answered so: the answer tells the value before it.</param>
    public IEnumerable<Finding> Compare(SeenState seen, long? writing = null) =>
        seen.Basket is not null ? CompareBasket(seen) : CompareRegister(seen, writing);

    private List<Finding> CompareBasket(SeenState seen)
    {
        List<Finding> findings = [];
        var there = seen.Basket!.ToDictionary(
            line => long.Parse(line.Item, CultureInfo.InvariantCulture), line => line.Quantity);
        foreach (var missing in _certain.Where(number => IsBasketItem(number) && !there.ContainsKey(number)))
        {
            findings.Add(new Finding(Fault.LostWrite, id, $"write {missing} is missing on {seen.Node}"));
        }

        foreach (var (number, times) in there)
        {
            if (times > 1)
            {
                findings.Add(new Finding(Fault.Duplicate, id, $"write {number} is there {times} times on {seen.Node}"));
            }

            // Once seen, it must stay.
            if (_open.Remove(number))
            {
                _certain.Add(number);
            }
            else if (!_certain.Contains(number))
            {
                findings.Add(new Finding(Fault.ForeignWrite, id, $"write {number} on {seen.Node} was never made"));
            }
        }

        return findings;
    }

    private IEnumerable<Finding> CompareRegister(SeenState seen, long? writing)
    {
        var value = seen.Previous ?? 0;
        if (value == writing)
        {
            yield return new Finding(
                Fault.Duplicate, id, $"write {value} had run before on {seen.Node}", IsOfRegister: true);
        }
        else if (value < _register)
        {
            var fault = _open.Contains(value) ? Fault.LateWrite : Fault.OlderState;
            yield return new Finding(
                fault, id, $"{seen.Node} has {value}, acknowledged is {_register}", IsOfRegister: true);
        }

        var least = _registerCertain + (writing is null ? 0 : 1);
        var most = least + _registerOpen;
        if (seen.Count < least)
        {
            yield return new Finding(
                Fault.LostWrite, id, $"{seen.Node} counts {seen.Count} writes, {least} were acknowledged",
                IsOfRegister: true);
        }
        else if (seen.Count > most)
        {
            yield return new Finding(
                Fault.Duplicate, id, $"{seen.Node} counts {seen.Count} writes, {most} were made", IsOfRegister: true);
        }
    }
}
