using SessionCluster.ServiceDefaults;
using SessionCluster.SessionStore;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.Services.AddHostedService<GarnetService>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMemoryProbe();

// Whoever wants to kill it has to know which process it is, as with a node.
app.MapGet("/_node", static () => new { Environment.ProcessId });
app.Run();
