using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SessionCluster.Tests.Faults.Telemetry;

/// <summary>Where processes send what they count, as to any collector of OpenTelemetry.</summary>
internal sealed class MetricsReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, long> _sums = new();

    private MetricsReceiver()
    {
        var builder = WebApplication.CreateBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.MapPost("/v1/metrics", TakeAsync);
        _app.MapFallback(static () => Results.Ok());
    }

    /// <summary>Starts it.</summary>
    public static async Task<MetricsReceiver> StartAsync()
    {
        var receiver = new MetricsReceiver();
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>
    /// What makes a process send its metrics here, whatever it is told of other telemetry. It tells what it has counted
    /// since it told so last: so nothing must be known of a process to add up what all have counted.
    /// </summary>
    public IReadOnlyDictionary<string, string> Environment
    {
        get
        {
            var address = _app.Urls.Single();
            return new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = address,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] = address + "/v1/metrics",
                ["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"] = "http/protobuf",
                ["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"] = "delta",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
                ["OTEL_TRACES_SAMPLER"] = "always_off",
            };
        }
    }

    /// <summary>What all processes have counted of a measure so far.</summary>
    public long SumOf(string measure) => _sums.GetValueOrDefault(measure);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        var export = ExportMetricsServiceRequest.Parser.ParseFrom(body.ToArray());
        foreach (var metric in export.ResourceMetrics.SelectMany(source => source.ScopeMetrics)
            .SelectMany(scope => scope.Metrics).Where(metric => metric.Sum is not null))
        {
            var counted = metric.Sum.DataPoints.Sum(point => point.AsInt);
            _sums.AddOrUpdate(metric.Name, counted, (_, before) => before + counted);
        }
    }
}
