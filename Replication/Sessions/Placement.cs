namespace SessionCluster.Replication;

/// <summary>
/// Which processes hold a session. Sessions with the same holders share one object (see <c>PlacementPool</c>), so that
/// a location costs a reference.
/// </summary>
public sealed class Placement : IEquatable<Placement>
{
    private readonly Member[] _holders;
    private readonly PlacementKind _kind;
    private readonly int _hash;

    /// <summary>Names the holders.</summary>
    /// <param name="holders">
    /// The primary first, then its backups; nobody twice; empty for a session that is gone.
    /// </param>
    public Placement(IReadOnlyList<Member> holders)
    {
        ArgumentNullException.ThrowIfNull(holders);
        _holders = [.. holders];
        _kind = KindOf(_holders);
        _hash = HashOf(_holders);
    }

    private Placement(Member[] holders, PlacementKind kind)
    {
        _holders = holders;
        _kind = kind;
        _hash = HashOf(holders);
    }

    private enum PlacementKind : byte
    {
        Alive,
        Removed,
        Expired,
        Lost,
    }

    /// <summary>No holder: the session was removed or has expired.</summary>
    public static Placement Removed { get; } = new([]);

    /// <summary>
    /// No holder: the session has not been used for its time, as far as one side of a division knows. The other side
    /// may know better.
    /// </summary>
    public static Placement Expired { get; } = new([new Member(default, 1)]);

    /// <summary>No holder: every process that held the session has died.</summary>
    public static Placement Lost { get; } = new([new Member(default, 0)]);

    /// <summary>Names the holders by an array that nobody else has.</summary>
    internal static Placement Owning(Member[] holders) => new(holders, KindOf(holders));

    /// <summary>Whether the session was removed or has expired.</summary>
    public bool IsRemoved => _kind is PlacementKind.Removed or PlacementKind.Expired;

    /// <summary>Whether the session has expired on one side of a division.</summary>
    public bool IsExpired => _kind == PlacementKind.Expired;

    /// <summary>Whether the session is lost.</summary>
    public bool IsLost => _kind == PlacementKind.Lost;

    /// <summary>Whether the session is neither removed nor lost.</summary>
    public bool IsAlive => _kind == PlacementKind.Alive;

    /// <summary>The primary. Only a living session has one.</summary>
    public Member Primary => _holders[0];

    /// <summary>The primary, then its backups.</summary>
    public IReadOnlyList<Member> Holders => _kind == PlacementKind.Alive ? _holders : [];

    /// <summary>The same for who looks at very many placements.</summary>
    internal ReadOnlySpan<Member> HolderSpan => IsLost || IsExpired ? [] : _holders;

    /// <summary>Whether a process holds the session.</summary>
    public bool Contains(Member member)
    {
        foreach (ref readonly Member holder in _holders.AsSpan())
        {
            if (holder == member)
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public bool Equals(Placement? other) => ReferenceEquals(this, other)
        || (other is not null && _hash == other._hash && _holders.AsSpan().SequenceEqual(other._holders));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Placement);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <inheritdoc/>
    public override string ToString() =>
        IsLost ? "lost" : IsRemoved ? "removed" : string.Join('+', _holders.Select(static holder => holder.Node.Name));

    private static PlacementKind KindOf(Member[] holders) =>
        holders.Length == 0 ? PlacementKind.Removed
        : holders.Length > 1 || holders[0].Node != default ? PlacementKind.Alive
        : holders[0].Incarnation == 0 ? PlacementKind.Lost
        : holders[0].Incarnation == 1 ? PlacementKind.Expired : PlacementKind.Alive;

    private static int HashOf(Member[] holders)
    {
        ulong hash = StableHash.Start;
        foreach (Member holder in holders)
        {
            hash = StableHash.Add(StableHash.Add(hash, holder.Node.Name), (ulong)holder.Incarnation);
        }

        return unchecked((int)(hash ^ (hash >> 32)));
    }
}
