using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The value that a parameter takes where none is configured.</summary>
public abstract class ParameterDefault
{
    /// <summary>Computes the value.</summary>
    /// <returns>The value.</returns>
    public abstract string GetDefaultValue();
}

/// <summary>A random value from the character classes that are switched on.</summary>
public sealed class GenerateParameterDefault : ParameterDefault
{
    private const string LowerCase = "abcdefghjkmnpqrstuvwxyz";
    private const string UpperCase = "ABCDEFGHJKMNPQRSTUVWXYZ";
    private const string Digits = "0123456789";
    private const string Specials = "-_.()*+!";

    /// <summary>The value's length.</summary>
    public int MinLength { get; set; }

    /// <summary>Whether lower-case letters may occur.</summary>
    public bool Lower { get; set; } = true;

    /// <summary>Whether upper-case letters may occur.</summary>
    public bool Upper { get; set; } = true;

    /// <summary>Whether digits may occur.</summary>
    public bool Numeric { get; set; } = true;

    /// <summary>Whether other characters may occur.</summary>
    public bool Special { get; set; } = true;

    /// <inheritdoc/>
    public override string GetDefaultValue()
    {
        var alphabet =
            (Lower ? LowerCase : "") + (Upper ? UpperCase : "") + (Numeric ? Digits : "") + (Special ? Specials : "");
        return RandomNumberGenerator.GetString(alphabet, MinLength);
    }
}

/// <summary>A value that the AppHost hands to its resources.</summary>
public class ParameterResource : Resource
{
    private readonly Lazy<string> _value;

    /// <summary>A value that is computed when it is first needed.</summary>
    /// <param name="name">The name; `Parameters:name` in configuration sets its value.</param>
    /// <param name="callback">Computes the value.</param>
    /// <param name="secret">Whether the dashboard masks it.</param>
    public ParameterResource(string name, Func<ParameterDefault?, string> callback, bool secret = false)
        : base(name)
    {
        _value = new Lazy<string>(() => callback(Default));
        Secret = secret;
    }

    /// <summary>Whether the dashboard masks it.</summary>
    public bool Secret { get; }

    /// <summary>Where the value comes from when none is configured.</summary>
    public ParameterDefault? Default { get; set; }

    /// <summary>The value.</summary>
    /// <param name="cancellationToken">Not needed here.</param>
    /// <returns>The value.</returns>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) => new(_value.Value);

    internal string Current => _value.Value;
}
