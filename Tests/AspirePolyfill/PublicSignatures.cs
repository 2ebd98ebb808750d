using System.Globalization;
using System.Reflection;

namespace SessionCluster.Tests.AspirePolyfill;

/// <summary>
/// Writes down what an assembly shows to others, one line a fact, so that two assemblies can be compared.
/// </summary>
internal static class PublicSignatures
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(Assembly assembly) => assembly.GetExportedTypes()
        .SelectMany(Of)
        .Distinct()
        .Order(StringComparer.Ordinal);

    private static IEnumerable<string> Of(Type type)
    {
        var name = Name(type);
        yield return $"{Kind(type)} {name}";
        if (type.BaseType is { } ancestor && !type.IsEnum)
        {
            yield return $"{name} is {Name(ancestor)}";
        }

        foreach (var contract in type.GetInterfaces().Where(contract => contract.IsVisible && !type.IsEnum))
        {
            yield return $"{name} is {Name(contract)}";
        }

        foreach (var line in type.GetMembers(Declared).SelectMany(member => Of(name, member)))
        {
            yield return line;
        }
    }

    private static IEnumerable<string> Of(string owner, MemberInfo member) => member switch
    {
        FieldInfo field when field.IsPublic && field.IsLiteral =>
            [$"{owner}.{field.Name} = {Convert.ToString(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}"],
        FieldInfo field when field.IsPublic && !field.IsSpecialName =>
            [$"{owner}.{field.Name} : {Name(field.FieldType)}"],
        ConstructorInfo maker when IsSeen(maker) => [$"{owner}.new{Parameters(maker)}"],
        MethodInfo method when IsSeen(method) =>
            [$"{owner}.{method.Name}{Generic(method)}{Parameters(method)}"
                + $" : {Name(method.ReturnType)}{Constraints(method)}"],
        _ => [],
    };

    private static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Kind(Type type) => type switch
    {
        { IsInterface: true } => "interface",
        { IsEnum: true } => "enum",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static string Parameters(MethodBase method) =>
        $"({string.Join(", ", method.GetParameters().Select(Parameter))})";

    private static string Parameter(ParameterInfo parameter) =>
        $"{Name(parameter.ParameterType)} {parameter.Name}"
        + (parameter.HasDefaultValue ? $" = {parameter.RawDefaultValue ?? "null"}" : "");

    private static string Generic(MethodInfo method) =>
        method.IsGenericMethod
            ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>"
            : "";

    private static string Constraints(MethodInfo method) => string.Concat(!method.IsGenericMethod
        ? []
        : method.GetGenericArguments().SelectMany(argument => argument.GetGenericParameterConstraints()
            .Select(constraint => $" where {argument.Name} : {Name(constraint)}")
            .Order(StringComparer.Ordinal)));

    private static string Name(Type type)
    {
        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        if (type.IsArray)
        {
            return Name(type.GetElementType()!) + "[]";
        }

        if (type.IsByRef)
        {
            return "ref " + Name(type.GetElementType()!);
        }

        var plain = (type.FullName ?? $"{type.Namespace}.{type.Name}").Split('[', '`')[0];
        return type.IsGenericType ? $"{plain}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : plain;
    }
}
