namespace SessionCluster.Tests.AspirePolyfill;

/// <summary>
/// What Aspire.Hosting and Aspire.Hosting.Testing show in all the versions that this repository can be built with,
/// 13.5.2 and 13.6.5, as far as the polyfill needs it. Facts, taken from the public API files in their repository.
/// </summary>
internal static class PublicApiList
{
    private const string List = "SessionCluster.Tests.AspirePolyfill.AspireHosting.txt";

    public static IEnumerable<string> Read()
    {
        using var stream = typeof(PublicApiList).Assembly.GetManifestResourceStream(List)
            ?? throw new InvalidOperationException($"{List} is not embedded.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }
}
