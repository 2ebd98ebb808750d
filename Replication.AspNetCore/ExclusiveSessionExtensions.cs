using SessionCluster.Replication.AspNetCore;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Marks endpoints whose requests want the session for themselves.</summary>
public static class ExclusiveSessionExtensions
{
    /// <summary>Adds <see cref="ExclusiveSessionAttribute"/> to the endpoints.</summary>
    /// <typeparam name="TBuilder">The kind of builder.</typeparam>
    /// <param name="builder">The endpoints.</param>
    /// <returns>The builder.</returns>
    public static TBuilder RequireExclusiveSession<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithMetadata(new ExclusiveSessionAttribute());
    }
}
