using Microsoft.Net.Http.Headers;

namespace SessionCluster.Balancer.Failover;

/// <summary>
/// Sends a request's body in one piece where all of it is here. The forwarder's own content sends the head by itself,
/// then copies the body through a buffer, beside the wait for the response and under two cancellations of its own; it
/// must be able to, as bodies may be endless. Of most there is nothing left to wait for.
/// </summary>
internal static class WholeContent
{
    /// <summary>Gives the message such content, if that can be.</summary>
    /// <returns>Whether it has it, and with it what <see cref="ReplayableBody.GiveBack"/> is for.</returns>
    public static bool TrySet(HttpRequestMessage message, ReplayableBody? body)
    {
        // Who expects a 100 has not sent the body, and the node shall say whether it wants it.
        if (message.Content is not { } former || message.Headers.NonValidated.Contains(HeaderNames.Expect)
            || body?.TryLendWhole() is not { } whole)
        {
            return false;
        }

        var content = new ByteArrayContent(whole.Array!, whole.Offset, whole.Count);
        foreach ((string name, var values) in former.Headers.NonValidated)
        {
            if (!name.Equals(HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase))
            {
                content.Headers.TryAddWithoutValidation(name, values);
            }
        }

        message.Content = content;
        return true;
    }
}
