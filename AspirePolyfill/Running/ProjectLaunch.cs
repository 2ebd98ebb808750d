using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Dcp;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Running;

/// <summary>Says how a project's process is started, with what in its environment.</summary>
internal sealed class ProjectLaunch(RunSettings settings, DashboardProcess dashboard, IHostEnvironment environment)
{
    public ExecutableSpec Prepare(IResource resource, string id)
    {
        var project = resource.All<ProjectAnnotation>().Single();
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        AddTelemetry(resource, id, variables);
        AddEndpoints(resource, variables);
        foreach (var annotation in resource.All<EnvironmentAnnotation>())
        {
            annotation.Fill(variables);
        }

        // The program itself where the build has left one: `dotnet run` takes seconds to find the same, once for every
        // process.
        return new ExecutableSpec(
            project.Program ?? "dotnet", Path.GetDirectoryName(project.Path)!, Arguments(project), variables)
        {
            Serves = [.. resource.All<Endpoint>().Where(endpoint => endpoint.Proxied).Select(
                endpoint => ServiceName(resource, endpoint))],
        };
    }

    private string[] Arguments(ProjectAnnotation project) => project.Program is not null
        ? []
        : ["run", "--project", project.Path, "--no-build", "--configuration", settings.BuildConfiguration,
            "--no-launch-profile"];

    public static string ServiceName(IResource resource, Endpoint endpoint) => $"{resource.Name}-{endpoint.Name}";

    /// <summary>What the dashboard shows of a process.</summary>
    public static ImmutableArray<(string Name, object? Value, bool Sensitive)> Facts(
        IResource resource, JsonObject item) =>
    [
        ("project.path", resource.All<ProjectAnnotation>().FirstOrDefault()?.Path, false),
        ("executable.path", (string?)item["spec"]?["executablePath"], false),
        ("executable.workDir", (string?)item["spec"]?["workingDirectory"], false),
        ("executable.args",
            item["spec"]?["args"]?.AsArray().Select(argument => (string?)argument ?? "").ToArray(), true),
        ("executable.pid", (int?)item["status"]?["pid"], false),
    ];

    public static ImmutableArray<(string Name, string Value, bool FromSpec)> Variables(JsonObject item)
    {
        var asked = Names(item["spec"]?["env"]).Select(pair => pair.Name).ToHashSet(StringComparer.Ordinal);
        return [.. Names(item["status"]?["effectiveEnv"])
            .Select(pair => (pair.Name, pair.Value, asked.Contains(pair.Name)))
            .OrderBy(variable => variable.Name, StringComparer.Ordinal)];

        static IEnumerable<(string Name, string Value)> Names(JsonNode? list) =>
            (list as JsonArray ?? []).Select(pair => ((string)pair!["name"]!, (string?)pair["value"] ?? ""));
    }

    private static void AddEndpoints(IResource resource, Dictionary<string, string> variables)
    {
        List<string> addresses = [];
        foreach (var endpoint in resource.All<Endpoint>())
        {
            var port = endpoint.TargetPort(ServiceName(resource, endpoint));
            if (endpoint.Variable is { } variable)
            {
                variables[variable] = port;
            }
            else if (endpoint.Scheme is "http" or "https")
            {
                addresses.Add($"{endpoint.Scheme}://localhost:{port}");
            }
        }

        if (addresses.Count > 0)
        {
            variables["ASPNETCORE_URLS"] = string.Join(';', addresses);
        }
    }

    private void AddTelemetry(IResource resource, string id, Dictionary<string, string> variables)
    {
        if (dashboard.OtlpAddress is not { } address)
        {
            return;
        }

        variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = address;
        variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
        variables["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={settings.OtlpApiKey}";
        variables["OTEL_SERVICE_NAME"] = resource.Name;
        variables["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={id[(resource.Name.Length + 1)..]}";
        variables["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory";
        if (environment.IsDevelopment())
        {
            variables["OTEL_BSP_SCHEDULE_DELAY"] = "1000";
            variables["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
            variables["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
            variables["OTEL_TRACES_SAMPLER"] = "always_on";
            variables["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
        }
    }
}
