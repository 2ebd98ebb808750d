using System.Text.Json;

namespace Aspire.Hosting;

/// <summary>
/// `dotnet run` turns the first launch profile into environment variables. A test starts the AppHost inside its own
/// process, so there the profile's variables become settings.
/// </summary>
internal static class LaunchProfile
{
    private const string Prefix = "DOTNET_";

    public static Dictionary<string, string?> Read(string appHostDirectory)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var file = Path.Combine(appHostDirectory, "Properties", "launchSettings.json");
        if (!File.Exists(file))
        {
            return settings;
        }

        var options =
            new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        using var document = JsonDocument.Parse(File.ReadAllText(file), options);
        var first = document.RootElement.GetProperty("profiles").EnumerateObject().FirstOrDefault().Value;
        if (first.ValueKind != JsonValueKind.Object || !first.TryGetProperty("environmentVariables", out var variables))
        {
            return settings;
        }

        foreach (var variable in variables.EnumerateObject())
        {
            settings[variable.Name] = variable.Value.GetString();
            if (variable.Name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                settings[variable.Name[Prefix.Length..]] = variable.Value.GetString();
            }
        }

        return settings;
    }
}
