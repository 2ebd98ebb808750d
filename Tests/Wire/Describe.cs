using System.Collections;
using System.Reflection;
using SessionCluster.Replication;

namespace SessionCluster.Tests.Wire;

/// <summary>
/// Messages as text, so that two of them can be compared by what they say and not by their references.
/// </summary>
internal static class Describe
{
    public static string Value(object? value) => value switch
    {
        null => "nothing",
        string text => $"'{text}'",
        byte[] bytes => Convert.ToHexStringLower(bytes),
        Placement placement => placement.IsLost
            ? "lost" : string.Join('+', placement.Holders.Select(static holder => holder.ToString())),
        SessionState state => $"{Value(state.Values)}{Value(state.Outcomes)}",
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Value))}]",
        _ when IsPlain(value) => value.ToString()!,
        _ => $"{value.GetType().Name}({string.Join(", ", Properties(value))})",
    };

    private static bool IsPlain(object value) =>
        value.GetType().IsPrimitive || value.GetType().IsEnum
        || value is Guid or TimeSpan or SessionId or NodeId or Member or Epoch or SessionVersion or Instant;

    private static IEnumerable<string> Properties(object value) =>
        from property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
        where property.GetIndexParameters().Length == 0 && property.CanWrite
        select $"{property.Name}={Value(property.GetValue(value))}";
}
