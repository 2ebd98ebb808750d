using Microsoft.AspNetCore.Http;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// What one response does to the session's cookie. Written when the response starts and not before, so that it also
/// stands on the page that an error handler makes after it has cleared all headers.
/// </summary>
internal sealed class ResponseCookie(HttpContext context, SessionCookie cookie)
{
    private bool _isRegistered;
    private bool _deletes;
    private string? _key;

    /// <summary>Whether the cookie can still be written.</summary>
    public bool TryReserve()
    {
        if (!_isRegistered && !context.Response.HasStarted)
        {
            context.Response.OnStarting(static state => ((ResponseCookie)state).WriteAsync(), this);
            _isRegistered = true;
        }

        return _isRegistered && !context.Response.HasStarted;
    }

    public void WriteAtStart(string key) => (_key, _deletes) = (key, false);

    public void DeleteAtStart() => (_key, _deletes) = (null, true);

    private Task WriteAsync()
    {
        if (_key is not null)
        {
            cookie.Write(context, _key);
        }
        else if (_deletes)
        {
            cookie.Delete(context);
        }

        return Task.CompletedTask;
    }
}
