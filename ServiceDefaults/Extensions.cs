using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using SessionCluster.ServiceDefaults;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// What every process of the cluster has in common: health endpoints and telemetry. The shape is that of the Aspire
/// template; decision 0020 says where and why it differs.
/// </summary>
public static class Extensions
{
    /// <summary>Ready to be sent requests: every check that is tagged "ready" or not tagged passes.</summary>
    public const string HealthEndpointPath = "/health";

    /// <summary>The process answers: every check that is tagged "live" passes.</summary>
    public const string AlivenessEndpointPath = "/alive";

    /// <summary>Adds telemetry and the default health checks.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        // No HttpClient defaults: a client that repeats requests by itself would run a customer's POST twice.
        builder.ConfigureOpenTelemetry();
        builder.AddDefaultHealthChecks();
        return builder;
    }

    /// <summary>
    /// Collects logs, metrics and traces, and sends them where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says. Where it says
    /// nothing, nothing is collected: nobody could see it, and each request would pay for its span.
    /// </summary>
    public static TBuilder ConfigureOpenTelemetry<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        if (string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            return builder;
        }

        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });

        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter("SessionCluster.*"))
            .WithTracing(tracing => tracing
                .AddSource(builder.Environment.ApplicationName)
                .AddSource("SessionCluster.*", "Yarp.ReverseProxy")
                .AddProcessor<HealthProbeSilencer>()
                .AddAspNetCoreInstrumentation(options => options.Filter = context => !IsProbe(context.Request.Path))
                .AddHttpClientInstrumentation(options => options.FilterHttpRequestMessage =
                    request => !IsProbe(request.RequestUri?.AbsolutePath)));

        builder.Services.AddOpenTelemetry().UseOtlpExporter();
        return builder;
    }

    /// <summary>Adds the check behind <see cref="AlivenessEndpointPath"/>: the process answers.</summary>
    public static TBuilder AddDefaultHealthChecks<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), ["live"]);
        return builder;
    }

    /// <summary>
    /// Maps both health endpoints, in every environment: the balancer and the orchestrator ask them in production, too.
    /// They answer one word, which tells a stranger nothing.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealthChecks(HealthEndpointPath, new HealthCheckOptions
        {
            Predicate = check => check.Tags.Count == 0 || check.Tags.Contains("ready"),
        });
        app.MapHealthChecks(AlivenessEndpointPath, new HealthCheckOptions
        {
            Predicate = check => check.Tags.Contains("live"),
        });
        return app;
    }

    private static bool IsProbe(PathString path) =>
        path.StartsWithSegments(HealthEndpointPath) || path.StartsWithSegments(AlivenessEndpointPath);

    private static bool IsProbe(string? path) => path is HealthEndpointPath or AlivenessEndpointPath;
}
