using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace SessionCluster.Simulation.Mutations;

/// <summary>
/// Compiles the machine with one fault, and the simulator on top of it, from their sources. So the faults need no
/// switch in the machine, and anybody's own faults are tried in the same way.
/// </summary>
internal sealed class MutantCompiler
{
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private const string Friends = """

        [assembly: System.Runtime.CompilerServices.InternalsVisibleTo("SessionCluster.Simulation")]
        """;

    private readonly string _root;
    private readonly Dictionary<string, string> _machine;
    private readonly List<SyntaxTree> _simulator;
    private readonly List<MetadataReference> _platform;

    /// <summary>Reads the sources.</summary>
    /// <param name="root">The folder of the solution.</param>
    /// <exception cref="DirectoryNotFoundException">The sources are not there.</exception>
    public MutantCompiler(string root)
    {
        _root = root;
        _machine = Sources("Replication").ToDictionary(static path => path, File.ReadAllText);
        string own = Path.Combine(root, "Simulation", "Mutations");
        _simulator =
        [
            .. Sources("Simulation").Where(path => !path.StartsWith(own, StringComparison.Ordinal)
                && Path.GetFileName(path) != "Program.cs")
                .Select(static path => Parse(File.ReadAllText(path), path)),
            Parse(Usings, "Usings.cs"),
        ];
        string trusted = (string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "";
        _platform =
        [
            .. trusted.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                .Where(static path => !Path.GetFileName(path).StartsWith("SessionCluster.", StringComparison.Ordinal))
                .Select(static path => (MetadataReference)MetadataReference.CreateFromFile(path)),
        ];
    }

    /// <summary>The simulator of a machine that has the fault, or of the true one where there is none.</summary>
    /// <exception cref="InvalidOperationException">The fault does not fit the sources any more.</exception>
    public Assembly Compile(Mutation? mutation)
    {
        List<SyntaxTree> machine = [Parse(Usings + Friends, "Usings.cs")];
        string? file = mutation is null ? null : Path.Combine(_root, "Replication", mutation.File);
        foreach ((string path, string text) in _machine)
        {
            machine.Add(Parse(path == file ? mutation!.ApplyTo(text) : text, path));
        }

        byte[] machineImage = Emit("SessionCluster.Replication", machine, _platform, mutation);
        byte[] simulator = Emit(
            "SessionCluster.Simulation", _simulator, [.. _platform, MetadataReference.CreateFromImage(machineImage)],
            mutation);
        var context = new AssemblyLoadContext(mutation?.Name ?? "no fault", isCollectible: true);
        Assembly loaded = context.LoadFromStream(new MemoryStream(machineImage));
        context.Resolving += (_, name) => name.Name == loaded.GetName().Name ? loaded : null;
        return context.LoadFromStream(new MemoryStream(simulator));
    }

    private static byte[] Emit(
        string name, IEnumerable<SyntaxTree> sources, IEnumerable<MetadataReference> references, Mutation? mutation)
    {
        var compilation = CSharpCompilation.Create(name, sources, references, new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary,
            optimizationLevel: OptimizationLevel.Release,
            checkOverflow: name.EndsWith(".Replication", StringComparison.Ordinal),
            nullableContextOptions: NullableContextOptions.Enable));
        var image = new MemoryStream();
        var result = compilation.Emit(image);
        return result.Success
            ? image.ToArray()
            : throw new InvalidOperationException($"{mutation?.Name}: {name} does not compile: " + string.Join(
                "; ", result.Diagnostics.Where(static found => found.Severity == DiagnosticSeverity.Error).Take(3)));
    }

    private static SyntaxTree Parse(string text, string path) => CSharpSyntaxTree.ParseText(
        text, CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest), path);

    private IEnumerable<string> Sources(string project)
    {
        string folder = Path.Combine(_root, project);
        return Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(path => Path.GetRelativePath(folder, path).Split(
                Path.DirectorySeparatorChar)[0] is not ("obj" or "bin"))
            .Order(StringComparer.Ordinal);
    }
}
