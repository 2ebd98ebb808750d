using System.Globalization;

namespace SessionCluster.Tests.EndToEnd;

/// <summary>How long the scenes run that may run long. A run of all tests takes the short form.</summary>
internal static class LongRun
{
    /// <summary>A number from the environment, or what is enough otherwise.</summary>
    public static int Of(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number)
            ? number
            : otherwise;
}
