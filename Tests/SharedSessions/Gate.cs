using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using SessionCluster.Tests.AspNetCore;

namespace SessionCluster.Tests.SharedSessions;

/// <summary>Holds requests that have loaded their session until something else has happened.</summary>
internal sealed class Gate : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly SemaphoreSlim _reached = new(0);
    private readonly SemaphoreSlim _opened = new(0);

    public void Map(WebApplication app)
    {
        app.MapGet("/late/set", async (HttpContext context) =>
        {
            await PassAsync();
            context.Session.SetString("item", "boots");
        });
        app.MapGet("/late/rotate", async (HttpContext context) =>
        {
            await PassAsync();
            await context.RotateIdAsync();
        });
        app.MapGet("/late/touch", PassAsync);
        app.MapGet("/late/raise", async (HttpContext context) =>
        {
            await PassAsync();
            return SessionApp.Raise(context);
        }).RequireExclusiveSession();
    }

    public async Task UntilReachedAsync() =>
        Assert.True(await _reached.WaitAsync(Patience, TestContext.Current.CancellationToken), "No request came.");

    public void Open() => _opened.Release();

    public void Dispose()
    {
        _reached.Dispose();
        _opened.Dispose();
    }

    private async Task PassAsync()
    {
        _reached.Release();
        Assert.True(await _opened.WaitAsync(Patience), "The gate was never opened.");
    }
}
