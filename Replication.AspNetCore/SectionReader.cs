using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Reads typed values of the section and collects what is wrong with them. It knows which keys were asked for, so what
/// stands beside them is a mistake as well.
/// </summary>
internal sealed class SectionReader(IConfigurationSection section, List<string> errors)
{
    private readonly KnownKeys _known = new();

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
        IConfigurationSection[] entries = [.. section.GetSection(list).GetChildren()];
        _known.AddList(list, example, entries.Select(static entry => entry.Key));
        return entries;
    }

    /// <inheritdoc cref="KnownKeys.RefuseOthers"/>
    public void RefuseOthers() => errors.AddRange(_known.RefuseOthers(section));

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
