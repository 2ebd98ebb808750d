using Aspire.Hosting;

namespace SessionCluster.Tests.AspirePolyfill;

/// <summary>
/// The polyfill may show nothing that Microsoft's library lacks, else AppHost or a test could come to depend on it.
/// The list holds facts about Aspire.Hosting and Aspire.Hosting.Testing 13.5.2, taken from the public API files in
/// their repository; only what the polyfill needs of it is listed.
/// </summary>
public class PublicApiTests
{
    private const string List = "SessionCluster.Tests.AspirePolyfill.AspireHosting-13.5.2.txt";

    [Fact]
    public void The_polyfill_shows_nothing_that_the_real_library_lacks()
    {
        var known = Read().ToHashSet(StringComparer.Ordinal);

        Assert.DoesNotContain(PublicSignatures.Of(typeof(DistributedApplication).Assembly), line => !known.Contains(line));
    }

    private static IEnumerable<string> Read()
    {
        using var stream = typeof(PublicApiTests).Assembly.GetManifestResourceStream(List)
            ?? throw new InvalidOperationException($"{List} is not embedded.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }
}
