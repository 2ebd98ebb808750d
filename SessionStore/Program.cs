using SessionCluster.SessionStore;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.Services.AddHostedService<GarnetService>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.Run();
