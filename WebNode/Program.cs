using SessionCluster.WebNode;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddSessionReplication();
builder.Services.AddProblemDetails();
builder.Services.Configure<RouteHandlerOptions>(static options => options.ThrowOnBadRequest = false);

var app = builder.Build();
app.UseExceptionHandler(new ExceptionHandlerOptions
{
    StatusCodeSelector = static failure => (failure as BadHttpRequestException)?.StatusCode ?? StatusCodes.Status500InternalServerError,
});
app.UseSession();
app.UseSessionReplication();
app.MapDefaultEndpoints();
app.MapSessionReplication();
app.MapSamplePage();
app.MapBasket();
app.MapProbe();
app.Run();
