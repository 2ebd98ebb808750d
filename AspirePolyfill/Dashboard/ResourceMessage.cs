using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.Wire;
using Google.Protobuf.WellKnownTypes;

namespace Aspire.Hosting.Dashboard;

/// <summary>Puts a resource into the dashboard's words.</summary>
internal static class ResourceMessage
{
    public static Wire.Resource From(ResourceEvent change)
    {
        var snapshot = change.Snapshot;
        var message = new Wire.Resource
        {
            Name = change.ResourceId,
            ResourceType = snapshot.ResourceType,
            DisplayName = change.Resource.Name,
            Uid = change.ResourceId,
            CreatedAt = ToWire(snapshot.CreationTimeStamp),
            StartedAt = ToWire(snapshot.StartTimeStamp),
            StoppedAt = ToWire(snapshot.StopTimeStamp),
            SupportsDetailedTelemetry = true,
        };
        if (snapshot.State is { } state)
        {
            message.State = state.Text;
            message.StateStyle = state.Style ?? "";
        }

        message.Environment.Add(snapshot.Variables.Select(variable =>
            new EnvironmentVariable { Name = variable.Name, Value = variable.Value, IsFromSpec = variable.FromSpec }));
        message.Properties.Add(Properties(snapshot));
        message.Urls.Add(Urls(change.Resource, snapshot));
        message.HealthReports.Add(snapshot.Reports.Select(ToWire));
        message.Relationships.Add(change.Resource.All<RelationAnnotation>()
            .Select(
                relation => new ResourceRelationship { ResourceName = relation.ResourceName, Type = relation.Kind }));
        message.Commands.Add(change.Resource.All<CommandAnnotation>()
            .Select(command => ToWire(command, ResourceCommandService.StateOf(command, snapshot))));
        return message;
    }

    private static IEnumerable<ResourceProperty> Properties(CustomResourceSnapshot snapshot)
    {
        foreach (var (name, value, sensitive) in snapshot.Facts.Where(fact => fact.Value is not null))
        {
            yield return new ResourceProperty { Name = name, Value = ToWire(value!), IsSensitive = sensitive };
        }

        if (snapshot.ExitCode is { } code)
        {
            yield return new ResourceProperty { Name = "resource.exitCode", Value = Value.ForNumber(code) };
        }
    }

    private static IEnumerable<Url> Urls(IResource resource, CustomResourceSnapshot snapshot)
    {
        var running = snapshot.State?.Text == KnownResourceStates.Running;
        return resource.All<Endpoint>().Where(endpoint => endpoint.AllocatedPort is not null).Select(endpoint => new Url
        {
            EndpointName = endpoint.Name,
            FullUrl = $"{endpoint.Scheme}://localhost:{endpoint.AllocatedPort}",
            IsInactive = !running,
            DisplayProperties = new UrlDisplayProperties(),
        });
    }

    private static HealthReport ToWire(HealthFinding report)
    {
        var message = new HealthReport
        {
            Key = report.Key,
            Description = report.Description,
            LastRunAt = ToWire(report.AskedAt),
        };
        if (report.Status is { } status)
        {
            message.Status = status switch
            {
                Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy => HealthStatus.Healthy,
                Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Degraded => HealthStatus.Degraded,
                _ => HealthStatus.Unhealthy,
            };
        }

        return message;
    }

    private static ResourceCommand ToWire(CommandAnnotation command, ApplicationModel.ResourceCommandState state)
    {
        var options = command.Options;
        var message = new ResourceCommand
        {
            Name = command.Name,
            DisplayName = command.DisplayName,
            IsHighlighted = options.IsHighlighted,
            State = (Wire.ResourceCommandState)(int)state,
            IconVariant = (Wire.IconVariant)(int)(options.IconVariant ?? ApplicationModel.IconVariant.Regular),
        };
        if (options.ConfirmationMessage is { } question)
        {
            message.ConfirmationMessage = question;
        }

        if (options.IconName is { } icon)
        {
            message.IconName = icon;
        }

        if (options.Description is { } description)
        {
            message.DisplayDescription = description;
        }

        return message;
    }

    private static Value ToWire(object value) => value switch
    {
        int number => Value.ForNumber(number),
        string[] list => Value.ForList([.. list.Select(Value.ForString)]),
        _ => Value.ForString(value.ToString()),
    };

    private static Timestamp? ToWire(DateTime? time) => time?.ToUniversalTime().ToTimestamp();
}
