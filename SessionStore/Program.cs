using SessionCluster.ServiceDefaults;
using SessionCluster.SessionStore;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.Services.AddHostedService<GarnetService>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMemoryProbe();
app.Run();
