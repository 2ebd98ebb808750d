using Aspire.Hosting;

namespace SessionCluster.Tests.AspirePolyfill;

/// <summary>
/// The polyfill may show nothing that Microsoft's library lacks, else AppHost or a test could come to depend on it.
/// </summary>
public class PublicApiTests
{
    [Fact]
    public void The_polyfill_shows_nothing_that_the_real_library_lacks()
    {
        var known = PublicApiList.Read().ToHashSet(StringComparer.Ordinal);

        Assert.DoesNotContain(
            PublicSignatures.Of(typeof(DistributedApplication).Assembly), line => !known.Contains(line));
    }
}
