using System.Globalization;
using System.Net.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace SessionCluster.Balancer.Failover;

/// <summary>
/// What a content's headers say of its length. Asked for by its own property, .NET's client would make a number of it,
/// and of that a text again for whoever copies the headers.
/// </summary>
internal static class ContentLength
{
    /// <summary>The length; nothing where the headers do not say it, or not so that it can be read.</summary>
    public static long? Of(HttpContentHeaders headers) =>
        headers.NonValidated.TryGetValues(HeaderNames.ContentLength, out HeaderStringValues values)
        && long.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out long length)
            ? length
            : null;
}
