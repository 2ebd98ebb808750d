using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Session;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace SessionCluster.Replication.AspNetCore;

/// <summary>
/// Writes the cookie as the stock middleware does, so that the stock middleware reads it: needed where the session's
/// key changes within a request, which the stock middleware does not know.
/// </summary>
internal sealed class SessionCookie(IDataProtectionProvider provider, IOptions<SessionOptions> options)
{
    // The stock middleware's own purpose.
    private readonly IDataProtector _protector = provider.CreateProtector(nameof(SessionMiddleware));
    private readonly CookieBuilder _cookie = options.Value.Cookie;

    private string Name => _cookie.Name ?? SessionDefaults.CookieName;

    public void Write(HttpContext context, string key)
    {
        byte[] sealedKey = _protector.Protect(Encoding.UTF8.GetBytes(key));
        string value = Convert.ToBase64String(sealedKey).TrimEnd('=');
        context.Response.Cookies.Append(Name, value, _cookie.Build(context));
        ForbidCaching(context.Response.Headers);
    }

    public void Delete(HttpContext context)
    {
        context.Response.Cookies.Delete(Name, _cookie.Build(context));
        ForbidCaching(context.Response.Headers);
    }

    /// <summary>A cached cookie would give one visitor's session to the next.</summary>
    private static void ForbidCaching(IHeaderDictionary headers)
    {
        headers[HeaderNames.CacheControl] = "no-cache,no-store";
        headers[HeaderNames.Pragma] = "no-cache";
        headers[HeaderNames.Expires] = "-1";
    }
}
