using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Running;

/// <summary>What all parts of a run need to know.</summary>
internal sealed record RunSettings(IConfiguration Configuration, Assembly AppHost, bool WithDashboard)
{
    public string ApplicationName => AppHost.GetName().Name ?? "AppHost";

    /// <summary>Debug or Release: projects run from the configuration that the AppHost was built in.</summary>
    public string BuildConfiguration =>
        AppHost.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration ?? "Debug";

    /// <summary>
    /// The program that a project builds, as the build of the AppHost has noted it; null where there is none.
    /// </summary>
    public static string? ProgramOf(string project, Assembly appHost)
    {
        var noted = appHost.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(fact => fact.Key == $"Program of {project}")?.Value;
        var program = OperatingSystem.IsWindows() ? noted + ".exe" : noted;
        return File.Exists(program) ? program : null;
    }

    public string BrowserToken => Configuration["AppHost:BrowserToken"]!;

    public string OtlpApiKey => Configuration["AppHost:OtlpApiKey"]!;

    public string ResourceServiceApiKey { get; } = Token.New();
}

internal static class Token
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";

    public static string New() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>Eight letters that keep the names of two runs apart.</summary>
    public static string Suffix() => RandomNumberGenerator.GetString(Letters, 8);
}
