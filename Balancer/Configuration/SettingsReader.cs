using System.Globalization;
using SessionCluster.Replication;
using SessionCluster.Replication.AspNetCore;

namespace SessionCluster.Balancer.Configuration;

/// <summary>
/// Reads typed values and collects what is wrong with them, so that an operator sees all mistakes at once, each with
/// its key, its value and what is allowed. The framework's binder stops at the first value that it cannot convert.
/// </summary>
internal sealed class SettingsReader(IConfiguration configuration)
{
    private const string Section = "Balancer";

    private readonly List<string> _errors = [];
    private readonly KnownKeys _known = new();

    /// <summary>Ends the reading.</summary>
    /// <exception cref="BalancerOptionsException">Something was wrong.</exception>
    public void ThrowIfAnythingIsWrong()
    {
        if (_errors.Count > 0)
        {
            throw new BalancerOptionsException(_errors);
        }
    }

    /// <summary>A duration, written as <c>[hours:]minutes:seconds[.fraction]</c>; bounds in milliseconds.</summary>
    public TimeSpan Duration(string key, long fallbackMs, long minimumMs, long maximumMs)
    {
        string? text = Text(key);
        TimeSpan minimum = TimeSpan.FromMilliseconds(minimumMs);
        TimeSpan maximum = TimeSpan.FromMilliseconds(maximumMs);
        if (string.IsNullOrWhiteSpace(text))
        {
            return TimeSpan.FromMilliseconds(fallbackMs);
        }

        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan value)
            && value >= minimum && value <= maximum)
        {
            return value;
        }

        Refuse(key, text, $"a duration from {minimum:c} to {maximum:c}, as hours:minutes:seconds");
        return minimum;
    }

    /// <summary>A whole number.</summary>
    public long Integer(string key, long fallback, long minimum, long maximum)
    {
        string? text = Text(key);
        if (string.IsNullOrWhiteSpace(text))
        {
            return fallback;
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            && value >= minimum && value <= maximum)
        {
            return value;
        }

        Refuse(key, text, FormattableString.Invariant($"a whole number from {minimum} to {maximum}"));
        return minimum;
    }

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public bool Switch(string key, bool fallback)
    {
        string? text = Text(key);
        if (string.IsNullOrWhiteSpace(text))
        {
            return fallback;
        }

        if (bool.TryParse(text, out bool value))
        {
            return value;
        }

        Refuse(key, text, "true or false");
        return fallback;
    }

    /// <summary>A secret; null where none is set. What is wrong with it is told without telling it.</summary>
    public string? Secret(string key, int minimumLength)
    {
        string? text = configuration[key];
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (text.Length < minimumLength)
        {
            Refuse(key, new string('*', text.Length), $"{minimumLength} characters or more");
        }

        return text;
    }

    /// <summary>The nodes below <paramref name="section"/>, in natural order.</summary>
    public IReadOnlyList<NodeAddress> Nodes(string section, int maximum)
    {
        List<NodeAddress> nodes = Addresses(section);

        // Where a node was refused already, its absence needs no second message.
        if (nodes.Count > maximum || (nodes.Count == 0 && _errors.Count == 0))
        {
            Refuse(section, $"{nodes.Count} nodes", $"1 to {maximum} nodes, each as {section}:name = http://host:port");
        }

        nodes.Sort((left, right) => NaturalOrder.Instance.Compare(left.Name, right.Name));
        return nodes;
    }

    /// <summary>A further address of every node, below <paramref name="section"/>; empty where none is set.</summary>
    public IReadOnlyDictionary<string, string> Http2(string section, IReadOnlyList<NodeAddress> nodes)
    {
        List<NodeAddress> addresses = Addresses(section);
        foreach (NodeAddress address in addresses)
        {
            string key = ConfigurationPath.Combine(section, address.Name);
            if (!nodes.Any(node => node.Name == address.Name))
            {
                Refuse(key, address.Address, "an address of a node that Balancer:Nodes names");
            }
            else if (nodes.FirstOrDefault(node => node.Address == address.Address) is { } other)
            {
                Refuse(key, address.Address, $"an address for HTTP/2 alone; {other.Name} has it for HTTP/1.1");
            }
        }

        string[] missing =
            [.. nodes.Select(static node => node.Name).Except(addresses.Select(static node => node.Name))];
        if (addresses.Count > 0 && missing.Length > 0)
        {
            Refuse(section, $"without {string.Join(", ", missing)}", "an address of every node, or of none");
        }

        return addresses.ToDictionary(static node => node.Name, static node => node.Address, StringComparer.Ordinal);
    }

    private List<NodeAddress> Addresses(string section)
    {
        RefuseNamesThatDifferByCase(section);
        var nodes = new List<NodeAddress>();
        IConfigurationSection[] entries = [.. configuration.GetSection(section).GetChildren()];
        _known.AddList(InSection(section), "name", entries.Select(static entry => entry.Key));
        foreach (IConfigurationSection node in entries)
        {
            if (!NodeId.IsValid(node.Key))
            {
                Refuse(node.Path, node.Key, $"a name of 1 to {NodeId.MaximumLength} letters, digits, '-' or '_'");
            }
            else if (!IsAddress(node.Value, out Uri? address))
            {
                Refuse(node.Path, node.Value, "http://host:port or https://host:port and nothing behind it");
            }
            else if (nodes.Find(other => other.Address == address.GetLeftPart(UriPartial.Authority)) is { } other)
            {
                Refuse(node.Path, node.Value, $"an address of its own; {other.Name} has it");
            }
            else
            {
                nodes.Add(new NodeAddress(node.Key, address.GetLeftPart(UriPartial.Authority)));
            }
        }

        return nodes;
    }

    /// <summary>
    /// Refuses what stands in the section and was not read. In <c>Replication</c> it refuses what a node would refuse:
    /// the same settings are given to all, and a balancer whose name there is mistyped would be no member, unnoticed.
    /// </summary>
    public void RefuseOthers()
    {
        _errors.AddRange(_known.RefuseOthers(configuration.GetSection(Section)));
        _errors.AddRange(ReplicationOptionsBinder.FindErrors(configuration));
    }

    private static bool IsAddress(string? text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Uri? address) =>
        Uri.TryCreate(text, UriKind.Absolute, out address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
        && address.PathAndQuery == "/" && address.Fragment.Length == 0 && address.UserInfo.Length == 0;

    /// <summary>
    /// Settings are read whatever the case of their keys, so one of the two would silently be the other.
    /// </summary>
    private void RefuseNamesThatDifferByCase(string section)
    {
        IEnumerable<string> names = (configuration as IConfigurationRoot)?.Providers
            .SelectMany(provider => provider.GetChildKeys([], section)) ?? [];
        foreach (IGrouping<string, string> same in names.Distinct(StringComparer.Ordinal)
            .GroupBy(name => name, StringComparer.OrdinalIgnoreCase)
            .Where(same => same.Count() > 1))
        {
            string all = string.Join(", ", same.Order(StringComparer.Ordinal));
            Refuse(ConfigurationPath.Combine(section, same.First()), all, "one name, written alike wherever it is set");
        }
    }

    private string? Text(string key)
    {
        _known.Add(InSection(key));
        return configuration[key];
    }

    private static string InSection(string key) => key[(Section.Length + ConfigurationPath.KeyDelimiter.Length)..];

    private void Refuse(string key, string? value, string allowed) =>
        _errors.Add($"{key} is '{value}': allowed is {allowed}.");
}
