var builder = WebApplication.CreateBuilder(args);

// Routes, destinations and affinity are configuration, as YARP's documentation has it: section ReverseProxy.
builder.Services.AddReverseProxy().LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"));
WebApplication app = builder.Build();
app.MapGet("/health", static () => Results.Ok());
app.MapReverseProxy();
await app.RunAsync();
