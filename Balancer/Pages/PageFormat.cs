using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace SessionCluster.Balancer.Pages;

/// <summary>Who reads a page.</summary>
internal enum PageFormat
{
    /// <summary>A person at a terminal, and whoever does not say.</summary>
    Text,

    /// <summary>A person at a browser.</summary>
    Html,

    /// <summary>A program.</summary>
    Json,
}

/// <summary>Content negotiation for the pages.</summary>
internal static class PageFormats
{
    /// <summary>The format that the request prefers; of equal ones the first that it names.</summary>
    public static PageFormat Preferred(HttpRequest request)
    {
        IEnumerable<MediaTypeHeaderValue> accepted = new RequestHeaders(request.Headers).Accept
            .Where(type => type.Quality is null or > 0)
            .OrderByDescending(type => type.Quality ?? 1);
        foreach (MediaTypeHeaderValue type in accepted)
        {
            switch (type.MediaType.Value?.ToLowerInvariant())
            {
                case "text/html":
                    return PageFormat.Html;
                case "application/json":
                    return PageFormat.Json;
                case "text/plain":
                    return PageFormat.Text;
            }
        }

        return PageFormat.Text;
    }
}
