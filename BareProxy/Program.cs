var builder = WebApplication.CreateBuilder(args);

// What the balancer says to logging, server and sockets. Log levels can still be said from outside.
builder.Configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource
{
    InitialData = new Dictionary<string, string?>
    {
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "None",
        ["Logging:LogLevel:Yarp"] = "Error",
    },
});
builder.WebHost.ConfigureKestrel(static kestrel => kestrel.AddServerHeader = false);
builder.WebHost.UseSockets(static sockets =>
{
    sockets.UnsafePreferInlineScheduling = true;
    sockets.WaitForDataBeforeAllocatingBuffer = false;
});

// Routes, destinations and affinity are configuration, as YARP's documentation has it: section ReverseProxy.
builder.Services.AddReverseProxy().LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"));
WebApplication app = builder.Build();
app.MapGet("/health", static () => Results.Ok());
app.MapReverseProxy();
await app.RunAsync();
