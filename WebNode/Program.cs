using SessionCluster.WebNode;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddSessionReplication();
builder.Services.AddProblemDetails();

var app = builder.Build();
app.UseExceptionHandler();
app.UseSession();
app.UseSessionReplication();
app.MapDefaultEndpoints();
app.MapSessionReplication();
app.MapSamplePage();
app.MapBasket();
app.MapProbe();
app.Run();
