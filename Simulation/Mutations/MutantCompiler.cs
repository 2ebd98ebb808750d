using System.Reflection;
using System.Runtime.Loader;
using System.Security.Cryptography;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;

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

    private static readonly CSharpCompilationOptions Options = new(
        OutputKind.DynamicallyLinkedLibrary,
        optimizationLevel: OptimizationLevel.Release,
        nullableContextOptions: NullableContextOptions.Enable,
        deterministic: true);

    private readonly string _root;
    private readonly CSharpCompilation _machine;
    private readonly CSharpCompilation _simulator;
    private readonly Dictionary<string, byte[]> _simulators = [];
    private readonly Lock _lock = new();

    /// <summary>Reads the sources.</summary>
    /// <param name="root">The folder of the solution.</param>
    /// <exception cref="DirectoryNotFoundException">The sources are not there.</exception>
    public MutantCompiler(string root)
    {
        _root = root;
        string own = Path.Combine(root, "Simulation", "Mutations");
        string trusted = (string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "";
        MetadataReference[] platform =
        [
            .. trusted.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                .Where(static path => !Path.GetFileName(path).StartsWith("SessionCluster.", StringComparison.Ordinal))
                .Select(static path => (MetadataReference)MetadataReference.CreateFromFile(path)),
        ];
        _machine = CSharpCompilation.Create(
            "SessionCluster.Replication",
            [Parse(Usings + Friends, "Usings.cs"), .. Sources("Replication").Select(ParseFile)],
            platform, Options.WithOverflowChecks(true));
        _simulator = CSharpCompilation.Create(
            "SessionCluster.Simulation",
            [
                Parse(Usings, "Usings.cs"),
                .. Sources("Simulation").Where(path => !path.StartsWith(own, StringComparison.Ordinal)
                    && Path.GetFileName(path) != "Program.cs").Select(ParseFile),
            ],
            platform, Options);
    }

    /// <summary>
    /// The simulator of a machine that has the fault, or of the true one where there is none. May be asked by several
    /// threads at once.
    /// </summary>
    /// <exception cref="InvalidOperationException">The fault does not fit the sources any more.</exception>
    public Assembly Compile(Mutation? mutation)
    {
        var machine = new MemoryStream();
        var surface = new MemoryStream();
        Emit(WithFault(mutation), machine, surface, mutation);
        byte[] simulator = SimulatorOf(surface.ToArray(), mutation);
        machine.Position = 0;
        var context = new AssemblyLoadContext(mutation?.Name ?? "no fault", isCollectible: true);
        Assembly loaded = context.LoadFromStream(machine);
        context.Resolving += (_, name) => name.Name == loaded.GetName().Name ? loaded : null;
        return context.LoadFromStream(new MemoryStream(simulator));
    }

    private CSharpCompilation WithFault(Mutation? mutation)
    {
        if (mutation is null)
        {
            return _machine;
        }

        string path = Path.Combine(_root, "Replication", mutation.File);
        SyntaxTree tree = _machine.SyntaxTrees.FirstOrDefault(candidate => candidate.FilePath == path)
            ?? throw new InvalidOperationException($"{mutation.Name}: there is no {mutation.File}.");
        return _machine.ReplaceSyntaxTree(tree, Parse(mutation.ApplyTo(tree.ToString()), path));
    }

    /// <summary>Hardly any fault changes what the simulator sees of the machine, and then it need not be compiled anew.</summary>
    private byte[] SimulatorOf(byte[] surface, Mutation? mutation)
    {
        string key = Convert.ToHexString(SHA256.HashData(surface));
        lock (_lock)
        {
            if (!_simulators.TryGetValue(key, out byte[]? simulator))
            {
                var image = new MemoryStream();
                MetadataReference machine = MetadataReference.CreateFromImage(surface);
                Emit(_simulator.AddReferences(machine), image, surface: null, mutation);
                simulator = image.ToArray();
                _simulators.Add(key, simulator);
            }

            return simulator;
        }
    }

    private static void Emit(
        CSharpCompilation compilation, MemoryStream image, MemoryStream? surface, Mutation? mutation)
    {
        EmitResult result = compilation.Emit(
            image, metadataPEStream: surface, options: new EmitOptions(includePrivateMembers: surface is null));
        if (!result.Success)
        {
            throw new InvalidOperationException(
                $"{mutation?.Name}: {compilation.AssemblyName} does not compile: " + string.Join(
                    "; ", result.Diagnostics.Where(static found => found.Severity == DiagnosticSeverity.Error).Take(3)));
        }
    }

    private static SyntaxTree ParseFile(string path) => Parse(File.ReadAllText(path), path);

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
