using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace Aspire.Hosting.Dcp;

/// <summary>Speaks to the orchestrator: objects that are wished for, and what has become of them.</summary>
internal sealed class DcpClient(DcpServer server) : IDisposable
{
    public const string Group = "usvc-dev.developer.microsoft.com/v1";
    private readonly TaskCompletionSource<HttpClient> _http = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task ConnectAsync(CancellationToken cancellation)
    {
        var access = await server.StartAsync(cancellation);
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            IsSignedBy(access.Authority, certificate, errors);
        _http.SetResult(new HttpClient(handler)
        {
            BaseAddress = access.Address,
            Timeout = Timeout.InfiniteTimeSpan,    // watches and logs last as long as the run
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", access.Token) },
        });
    }

    public async Task<JsonObject> CreateAsync(string kind, JsonObject item, CancellationToken cancellation)
    {
        var http = await _http.Task.WaitAsync(cancellation);
        using var answer = await http.PostAsJsonAsync(PathOf(kind), item, cancellation);
        return await ReadAsync(answer, cancellation);
    }

    /// <summary>Reads an object; null where there is none of that name.</summary>
    public async Task<JsonObject?> FindAsync(string kind, string name, CancellationToken cancellation)
    {
        var http = await _http.Task.WaitAsync(cancellation);
        using var answer = await http.GetAsync(PathOf(kind, name), cancellation);
        return answer.StatusCode == HttpStatusCode.NotFound ? null : await ReadAsync(answer, cancellation);
    }

    public async Task PatchAsync(string path, JsonObject change, CancellationToken cancellation)
    {
        var http = await _http.Task.WaitAsync(cancellation);
        using var content = JsonContent.Create(change, new MediaTypeHeaderValue("application/merge-patch+json"));
        using var answer = await http.PatchAsync(path, content, cancellation);
        if (answer.StatusCode != HttpStatusCode.NotFound)
        {
            answer.EnsureSuccessStatusCode();
        }
    }

    /// <returns>Whether there was such an object still.</returns>
    public async Task<bool> DeleteAsync(string kind, string name, CancellationToken cancellation)
    {
        var http = await _http.Task.WaitAsync(cancellation);
        using var answer = await http.DeleteAsync(PathOf(kind, name), cancellation);
        if (answer.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }

        answer.EnsureSuccessStatusCode();
        return true;
    }

    /// <summary>
    /// All objects of a kind, then each change. The stream ends when the server wishes; then ask again.
    /// </summary>
    public async IAsyncEnumerable<JsonObject> WatchAsync(
        string kind, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var line in ReadLinesAsync(PathOf(kind) + "?watch=true", cancellation))
        {
            if (JsonNode.Parse(line) is JsonObject change && (string?)change["type"] is "ADDED" or "MODIFIED")
            {
                yield return change["object"]!.AsObject();
            }
        }
    }

    public async IAsyncEnumerable<string> ReadLogAsync(
        string name, string source, bool follow, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var query = $"/log?source={source}&follow={(follow ? "true" : "false")}&timestamps=true";
        await foreach (var line in ReadLinesAsync(PathOf("executables", name) + query, cancellation))
        {
            yield return line;
        }
    }

    public static string PathOf(string kind, string? name = null) =>
        $"/apis/{Group}/{kind}" + (name is null ? "" : "/" + name);

    public void Dispose()
    {
        if (_http.Task.IsCompletedSuccessfully)
        {
            _http.Task.Result.Dispose();
        }
    }

    private async IAsyncEnumerable<string> ReadLinesAsync(
        string path, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var http = await _http.Task.WaitAsync(cancellation);
        using var answer = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (answer.StatusCode == HttpStatusCode.NotFound)
        {
            yield break;
        }

        answer.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            yield return line;
        }
    }

    private static async Task<JsonObject> ReadAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        if (!answer.IsSuccessStatusCode)
        {
            var why = await answer.Content.ReadAsStringAsync(cancellation);
            throw new DistributedApplicationException(
                $"The orchestrator (DCP) answered {(int)answer.StatusCode}: {why}");
        }

        return (await answer.Content.ReadFromJsonAsync<JsonObject>(cancellation))!;
    }

    /// <summary>
    /// The server's certificate is fresh for each run, and signed by the authority that it wrote down for us.
    /// </summary>
    private static bool IsSignedBy(X509Certificate2 authority, X509Certificate? certificate, SslPolicyErrors errors)
    {
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using var presented = new X509Certificate2(certificate);
        return chain.Build(presented);
    }
}
