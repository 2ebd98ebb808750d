namespace SessionCluster.WebNode;

/// <summary>
/// The customer's basket. Each item is a value of its own in the session, so that two requests that add different items
/// at the same time both succeed: a change of one key never carries another.
/// </summary>
internal sealed class Basket(ISession session)
{
    public const int ItemsMaximum = 100;
    public const int QuantityMaximum = 1000;
    public const int ItemLengthMaximum = 64;

    private const string Prefix = "basket/";

    public IReadOnlyList<BasketLine> Lines =>
    [
        .. session.Keys
            .Where(static key => key.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(key => new BasketLine(key[Prefix.Length..], session.GetInt32(key) ?? 0))
            .OrderBy(static line => line.Item, StringComparer.Ordinal),
    ];

    /// <summary>Sets the quantity of an item to what is there and what is added.</summary>
    /// <returns>Nothing, or what is wrong: field → message.</returns>
    public Dictionary<string, string[]> Add(string? item, int? quantity)
    {
        var errors = new Dictionary<string, string[]>();
        string name = item?.Trim() ?? "";
        if (name.Length is 0 or > ItemLengthMaximum || name.Any(char.IsControl))
        {
            errors["item"] = [$"An item has 1 to {ItemLengthMaximum} printable characters."];
        }

        if (quantity is null or < 1 or > QuantityMaximum)
        {
            errors["quantity"] = [$"A quantity is a whole number from 1 to {QuantityMaximum}."];
        }

        if (errors.Count > 0)
        {
            return errors;
        }

        int? present = session.GetInt32(Prefix + name);
        int sum = (present ?? 0) + quantity!.Value;
        if (sum > QuantityMaximum)
        {
            errors["quantity"] = [$"Of one item there may be {QuantityMaximum}; there are {present} already."];
        }
        else if (present is null && Lines.Count >= ItemsMaximum)
        {
            errors["item"] = [$"A basket holds {ItemsMaximum} different items."];
        }
        else
        {
            session.SetInt32(Prefix + name, sum);
        }

        return errors;
    }

    /// <summary>Takes an item out of the basket.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(string item)
    {
        bool wasThere = session.TryGetValue(Prefix + item, out _);
        session.Remove(Prefix + item);
        return wasThere;
    }
}

/// <summary>An item and how many of it.</summary>
internal sealed record BasketLine(string Item, int Quantity);
