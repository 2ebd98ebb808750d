using Microsoft.Extensions.Configuration;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// The keys of one section that somebody has asked for. What stands beside them is a mistake: a mistyped key sets
/// nothing, and nobody would know.
/// </summary>
internal sealed class KnownKeys
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The keys that have entries below them, each with one of these as an example.</summary>
    private readonly Dictionary<string, string> _lists = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A key has been asked for.</summary>
    /// <param name="key">Relative to the section, as all keys here.</param>
    public void Add(string key) => _known.Add(key);

    /// <summary>What stands below a key has been asked for.</summary>
    /// <param name="list">The key.</param>
    /// <param name="example">How an entry may be called, for who has put none below it.</param>
    /// <param name="entries">How those are called that are there.</param>
    public void AddList(string list, string example, IEnumerable<string> entries)
    {
        _lists.Add(list, ConfigurationPath.Combine(list, example));
        _known.UnionWith(entries.Select(entry => ConfigurationPath.Combine(list, entry)));
    }

    /// <summary>
    /// One sentence about each key that was not asked for. What it was to set is not shown, as that may be the secret.
    /// </summary>
    public IEnumerable<string> RefuseOthers(IConfigurationSection section)
    {
        foreach ((string key, string? value) in section.AsEnumerable(makePathsRelative: true)
            .OrderBy(static setting => setting.Key, StringComparer.OrdinalIgnoreCase))
        {
            // A list that is empty in a file has its own key, with nothing in it.
            bool isEmptyList = string.IsNullOrEmpty(value) && _lists.ContainsKey(key);
            if (value is not null && !isEmptyList && !_known.Contains(key))
            {
                yield return $"{ConfigurationPath.Combine(section.Path, key)} is no known key: {Suggest(key)}.";
            }
        }
    }

    /// <summary>How many letters must be put in, taken out or changed to make one of the other, whatever their case.</summary>
    public static int EditsBetween(string left, string right)
    {
        (left, right) = (left.ToUpperInvariant(), right.ToUpperInvariant());
        int[] above = [.. Enumerable.Range(0, right.Length + 1)];
        for (int row = 1; row <= left.Length; row++)
        {
            int[] current = new int[right.Length + 1];
            current[0] = row;
            for (int column = 1; column <= right.Length; column++)
            {
                int changed = above[column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1);
                current[column] = Math.Min(changed, 1 + Math.Min(above[column], current[column - 1]));
            }

            above = current;
        }

        return above[right.Length];
    }

    /// <summary>The key that was meant, where one is near; else all.</summary>
    private string Suggest(string key)
    {
        (string Known, string Shown)[] all =
        [
            .. _known.Where(known => !_lists.Keys.Any(list => IsBelow(known, list)))
                .Select(static known => (known, known))
                .Concat(_lists.Select(static list => (list.Key, list.Value)))
                .OrderBy(static each => each.Item2, StringComparer.Ordinal),
        ];
        (string Shown, int Edits, int Length) nearest = all
            .SelectMany(each => SameParts(each.Known, key), static (each, parts) =>
                (each.Shown, Edits: EditsBetween(parts.Known, parts.Key), parts.Key.Length))
            .MinBy(static each => each.Edits);
        return nearest.Edits <= nearest.Length / 3
            ? $"the nearest is {nearest.Shown}"
            : $"allowed is {string.Join(", ", all.Select(static each => each.Shown))}";
    }

    /// <summary>
    /// What of the two is to be held against each other: what stands below the name of a known key may be anything, and
    /// a key may stand in another place than where it is known.
    /// </summary>
    private static IEnumerable<(string Known, string Key)> SameParts(string known, string key)
    {
        string[] knownParts = PartsOf(known), keyParts = PartsOf(key);
        yield return (ConfigurationPath.Combine(knownParts), ConfigurationPath.Combine(keyParts.Take(knownParts.Length)));
        if (knownParts.Length > 1)
        {
            yield return (knownParts[^1], keyParts[^1]);
        }
    }

    private static string[] PartsOf(string key) => key.Split(ConfigurationPath.KeyDelimiter);

    private static bool IsBelow(string key, string list) =>
        key.StartsWith(list + ConfigurationPath.KeyDelimiter, StringComparison.OrdinalIgnoreCase);
}
