using Aspire.Hosting;
using Aspire.Hosting.Testing;

namespace SessionCluster.Tests.AspirePolyfill;

/// <summary>Compiled with Microsoft's packages only: the list that the polyfill is held to is true of them.</summary>
public class RealLibraryTests
{
    [Fact]
    public void The_real_library_shows_everything_that_the_polyfill_may_show()
    {
        var shown = PublicSignatures.Of(typeof(DistributedApplication).Assembly)
            .Concat(PublicSignatures.Of(typeof(DistributedApplicationTestingBuilder).Assembly))
            .ToHashSet(StringComparer.Ordinal);

        Assert.DoesNotContain(PublicApiList.Read(), line => !shown.Contains(line));
    }
}
