using Microsoft.Extensions.Options;
using SessionCluster.Replication.AspNetCore;
using SessionCluster.ServiceDefaults;
using SessionCluster.WebNode;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddSessionReplication();
builder.Services.Configure<SessionOptions>(builder.Configuration.GetSection("Session"));

// It would begin a span for each request, for logs that are not written.
builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

// The balancer asks every second, and what is wrong with the session store its node has said, once.
builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
builder.WebHost.ConfigureKestrel(static kestrel => kestrel.AddServerHeader = false);
builder.WebHost.UseSockets(static sockets =>
{
    // No endpoint here blocks its thread, and clients are few and busy: each step less counts.
    sockets.UnsafePreferInlineScheduling = true;
    sockets.WaitForDataBeforeAllocatingBuffer = false;
});
builder.Services.AddProblemDetails();
builder.Services.Configure<RouteHandlerOptions>(static options => options.ThrowOnBadRequest = false);

try
{
    builder.AddHttp2Endpoint();
    Run(builder.Build());
    return 0;
}
catch (FormatException wrong)
{
    await Console.Error.WriteLineAsync($"The node cannot start:\n{wrong.Message}");
    return 1;
}
catch (OptionsValidationException wrong)
{
    await Console.Error.WriteLineAsync($"The node cannot start:\n{string.Join('\n', wrong.Failures)}");
    return 1;
}

static void Run(WebApplication app)
{
    app.UseExceptionHandler(new ExceptionHandlerOptions
    {
        StatusCodeSelector = static failure => failure switch
        {
            BadHttpRequestException bad => bad.StatusCode,
            SessionTooLargeException => StatusCodes.Status413PayloadTooLarge,
            _ => StatusCodes.Status500InternalServerError,
        },
    });
    app.UseSession();
    app.UseSessionReplication();
    app.MapDefaultEndpoints();
    app.MapSessionReplication();
    app.MapSamplePage();
    app.MapBasket();
    app.MapProbe();
    app.MapMemoryProbe();
    app.Run();
}
