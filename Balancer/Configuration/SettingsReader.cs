using System.Globalization;
using SessionCluster.Replication;

namespace SessionCluster.Balancer.Configuration;

/// <summary>
/// Reads typed values and collects what is wrong with them, so that an operator sees all mistakes at once, each with
/// its key, its value and what is allowed. The framework's binder stops at the first value that it cannot convert.
/// </summary>
internal sealed class SettingsReader(IConfiguration configuration)
{
    private readonly List<string> _errors = [];

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
        string? text = configuration[key];
        TimeSpan minimum = TimeSpan.FromMilliseconds(minimumMs);
        TimeSpan maximum = TimeSpan.FromMilliseconds(maximumMs);
        if (string.IsNullOrWhiteSpace(text))
        {
            return TimeSpan.FromMilliseconds(fallbackMs);
        }

        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan value) && value >= minimum && value <= maximum)
        {
            return value;
        }

        Refuse(key, text, $"a duration from {minimum:c} to {maximum:c}, as hours:minutes:seconds");
        return minimum;
    }

    /// <summary>A whole number.</summary>
    public long Integer(string key, long fallback, long minimum, long maximum)
    {
        string? text = configuration[key];
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
        string? text = configuration[key];
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

    /// <summary>The nodes below <paramref name="section"/>, in natural order.</summary>
    public IReadOnlyList<NodeAddress> Nodes(string section, int maximum)
    {
        var nodes = new List<NodeAddress>();
        foreach (IConfigurationSection node in configuration.GetSection(section).GetChildren())
        {
            if (!NodeId.IsValid(node.Key))
            {
                Refuse(node.Path, node.Key, $"a name of 1 to {NodeId.MaximumLength} letters, digits, '-' or '_'");
            }
            else if (!IsAddress(node.Value, out Uri? address))
            {
                Refuse(node.Path, node.Value, "http://host:port or https://host:port and nothing behind it");
            }
            else
            {
                nodes.Add(new NodeAddress(node.Key, address.GetLeftPart(UriPartial.Authority)));
            }
        }

        // Where a node was refused already, its absence needs no second message.
        if (nodes.Count > maximum || (nodes.Count == 0 && _errors.Count == 0))
        {
            Refuse(section, $"{nodes.Count} nodes", $"1 to {maximum} nodes, each as {section}:name = http://host:port");
        }

        nodes.Sort((left, right) => NaturalOrder.Instance.Compare(left.Name, right.Name));
        return nodes;
    }

    private static bool IsAddress(string? text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Uri? address) =>
        Uri.TryCreate(text, UriKind.Absolute, out address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
        && address.PathAndQuery == "/" && address.Fragment.Length == 0 && address.UserInfo.Length == 0;

    private void Refuse(string key, string? value, string allowed) =>
        _errors.Add($"{key} = '{value}' is not allowed: it must be {allowed}.");
}
