using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Running;

namespace Aspire.Hosting;

/// <summary>Adds projects.</summary>
public static class ProjectResourceBuilderExtensions
{
    /// <summary>Adds a project of this solution.</summary>
    /// <typeparam name="TProject">The class that the build has written for it.</typeparam>
    /// <param name="builder">The AppHost.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="launchProfileName">Must be null here: the AppHost alone says how its projects run.</param>
    /// <returns>What shapes the resource.</returns>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder, string name, string? launchProfileName)
        where TProject : IProjectMetadata, new()
    {
        if (launchProfileName is not null)
        {
            throw new NotSupportedException("Launch profiles of projects need Microsoft's Aspire packages.");
        }

        var path = new TProject().ProjectPath;
        var project = builder.AddResource(new ProjectResource(name))
            .Add(new ProjectAnnotation(path, RunSettings.ProgramOf(path, typeof(TProject).Assembly)));
        foreach (var command in LifecycleCommands.All)
        {
            project.Add(command);
        }

        return project;
    }
}

/// <summary>Adds parameters.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>Adds a parameter with a default.</summary>
    /// <param name="builder">The AppHost.</param>
    /// <param name="name">The parameter's name; `Parameters:name` in configuration sets it.</param>
    /// <param name="value">Its default.</param>
    /// <param name="secret">Whether the dashboard masks it.</param>
    /// <param name="persist">Whether a generated value outlives the run; it never does here.</param>
    /// <returns>What shapes the parameter.</returns>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, ParameterDefault value, bool secret = false,
        bool persist = false)
    {
        var configuration = builder.Configuration;
        return builder.AddResource(new ParameterResource(name, Compute, secret) { Default = value });

        string Compute(ParameterDefault? fallback) => configuration[$"Parameters:{name}"]
            ?? fallback?.GetDefaultValue()
            ?? throw new DistributedApplicationException($"The parameter `{name}` has no value.");
    }
}
