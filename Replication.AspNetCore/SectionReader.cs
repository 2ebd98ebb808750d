using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Reads typed values of the section and collects what is wrong with them. It knows which keys were asked for, so what
/// stands beside them is a mistake as well.
/// </summary>
internal sealed class SectionReader(IConfigurationSection section, List<string> errors)
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The keys that have entries below them, each with one of these as an example.</summary>
    private readonly Dictionary<string, string> _lists = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What is allowed for a value of an enumeration.</summary>
    public static string NamesOf<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetNames<T>());

    public string? Text(string key)
    {
        _known.Add(key);
        return section[key];
    }

    public int Number(string key, int fallback) => Read(key, fallback, "a whole number", static text =>
        int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : null);

    public bool Flag(string key, bool fallback) => Read(key, fallback, "true or false", static text =>
        bool.TryParse(text, out bool value) ? value : null);

    public TimeSpan Duration(string key, TimeSpan fallback) =>
        Read(key, fallback, "a duration such as 00:00:01.5", static text =>
            TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan value) ? value : null);

    public T Choice<T>(string key, T fallback)
        where T : struct, Enum =>
        Read(key, fallback, NamesOf<T>(), static text =>
            Enum.TryParse(text, ignoreCase: true, out T value) && Enum.IsDefined(value) ? value : (T?)null);

    /// <summary>What stands below a key.</summary>
    /// <param name="list">The key.</param>
    /// <param name="example">How an entry may be called, for who has put none below it.</param>
    public IReadOnlyList<IConfigurationSection> Entries(string list, string example)
    {
        _lists.Add(list, ConfigurationPath.Combine(list, example));
        IConfigurationSection[] entries = [.. section.GetSection(list).GetChildren()];
        _known.UnionWith(entries.Select(entry => ConfigurationPath.Combine(list, entry.Key)));
        return entries;
    }

    /// <summary>
    /// Refuses what was not asked for: a mistyped key sets nothing, and nobody would know. What it was to set is not
    /// shown, as that may be the secret.
    /// </summary>
    public void RefuseOthers()
    {
        foreach ((string key, string? value) in section.AsEnumerable(makePathsRelative: true)
            .OrderBy(static setting => setting.Key, StringComparer.OrdinalIgnoreCase))
        {
            // A list that is empty in a file has its own key, with nothing in it.
            bool isEmptyList = string.IsNullOrEmpty(value) && _lists.ContainsKey(key);
            if (value is not null && !isEmptyList && !_known.Contains(key))
            {
                errors.Add($"{ReplicationOptions.SectionName}:{key} is no known key: {Suggest(key)}.");
            }
        }
    }

    private static string NameOf(string key) => key.Split(ConfigurationPath.KeyDelimiter)[0].ToUpperInvariant();

    /// <summary>How many letters must be put in, taken out or changed to make one of the other.</summary>
    private static int EditsBetween(string left, string right)
    {
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
        string[] all =
        [
            .. _known.Where(static known => !known.Contains(ConfigurationPath.KeyDelimiter, StringComparison.Ordinal))
                .Concat(_lists.Values)
                .Order(StringComparer.Ordinal),
        ];
        string name = NameOf(key);
        string nearest = all.MinBy(known => EditsBetween(NameOf(known), name))!;
        return EditsBetween(NameOf(nearest), name) <= name.Length / 3
            ? $"the nearest is {nearest}"
            : $"allowed is {string.Join(", ", all)}";
    }

    private T Read<T>(string key, T fallback, string allowed, Func<string, T?> parse)
        where T : struct
    {
        string? text = Text(key);
        if (text is null)
        {
            return fallback;
        }

        T? value = parse(text);
        if (value is null)
        {
            errors.Add($"{ReplicationOptions.SectionName}:{key} is '{text}': allowed is {allowed}.");
        }

        return value ?? fallback;
    }
}
