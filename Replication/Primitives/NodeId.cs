namespace SessionCluster.Replication;

/// <summary>
/// The stable name of a cluster member, for example <c>node1</c>. Names are compared by their characters.
/// </summary>
public readonly record struct NodeId : IComparable<NodeId>
{
    /// <summary>The greatest length of a name, in characters.</summary>
    public const int MaximumLength = 64;

    private readonly string? _name;

    /// <summary>Names a member.</summary>
    /// <param name="name">1 to 64 letters, digits, hyphens or underscores.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is not a valid name.</exception>
    public NodeId(string name)
    {
        if (!IsValid(name))
        {
            throw new ArgumentException(
                $"'{name}' is not a node name: 1 to {MaximumLength} letters, digits, '-' or '_' are allowed.",
                nameof(name));
        }

        _name = name;
    }

    /// <summary>The name; empty for the default value, which names nobody.</summary>
    public string Name => _name ?? "";

    /// <summary>Whether <paramref name="name"/> may name a member.</summary>
    public static bool IsValid(string? name)
    {
        if (name is null || name.Length is 0 or > MaximumLength)
        {
            return false;
        }

        foreach (char character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether two names are the same. Names of one cluster mostly differ in their last character.</summary>
    public bool Equals(NodeId other) =>
        ReferenceEquals(_name, other._name)
        || (Name.Length == other.Name.Length && Name[^1] == other.Name[^1]
            && string.Equals(_name, other._name, StringComparison.Ordinal));

    /// <summary>A hash that is the same in every process.</summary>
    public override int GetHashCode()
    {
        int hash = 0;
        foreach (char character in Name)
        {
            hash = unchecked((hash * 31) + character);
        }

        return hash;
    }

    /// <inheritdoc/>
    public int CompareTo(NodeId other) => string.CompareOrdinal(Name, other.Name);

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Whether <paramref name="left"/> sorts before <paramref name="right"/>.</summary>
    public static bool operator <(NodeId left, NodeId right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> sorts after <paramref name="right"/>.</summary>
    public static bool operator >(NodeId left, NodeId right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> does not sort after <paramref name="right"/>.</summary>
    public static bool operator <=(NodeId left, NodeId right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> does not sort before <paramref name="right"/>.</summary>
    public static bool operator >=(NodeId left, NodeId right) => left.CompareTo(right) >= 0;
}
