using System.CommandLine;
using System.CommandLine.Parsing;
using SessionCluster.Benchmarks.Cluster;

namespace SessionCluster.Benchmarks.Compare;

/// <summary>The switch that names clusters of other makes.</summary>
internal static class BesideOption
{
    public static Option<string[]> Create()
    {
        var option = new Option<string[]>("--beside")
        {
            Description = $"A running cluster of another make, sent the same writes: '{OtherCluster.Form}'.",
            DefaultValueFactory = static _ => [],
        };
        option.Validators.Add(Validate);
        return option;
    }

    /// <summary>What the texts say that <see cref="Validate"/> has let pass.</summary>
    public static IEnumerable<OtherCluster> Read(IEnumerable<string> texts)
    {
        foreach (string text in texts)
        {
            if (OtherCluster.TryParse(text, out OtherCluster? cluster))
            {
                yield return cluster;
            }
        }
    }

    private static void Validate(OptionResult result)
    {
        // Samples of two columns with one name would be taken for samples of one.
        var names = new HashSet<string>([.. Comparison.AllModes, BareProxy.Name], StringComparer.OrdinalIgnoreCase);
        foreach (Token token in result.Tokens)
        {
            if (!OtherCluster.TryParse(token.Value, out OtherCluster? cluster))
            {
                result.AddError($"--beside '{token.Value}' is not of the form {OtherCluster.Form}.");
            }
            else if (!names.Add(cluster.Name))
            {
                result.AddError($"--beside '{cluster.Name}': another column has that name.");
            }
        }
    }
}
