using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SessionCluster.Tests.EndToEnd;

/// <summary>The programs of this repository that were built together with the tests, beside them.</summary>
internal static class BuiltProgram
{
    /// <summary>What starts one, with what it prints redirected.</summary>
    /// <param name="program">Its name, for example <c>SessionCluster.WebNode</c>.</param>
    /// <param name="arguments">What it is given.</param>
    public static ProcessStartInfo Of(string program, params IEnumerable<string> arguments) =>
        Command([PathOf(program), .. arguments]);

    /// <summary>What starts <c>dotnet</c> with any arguments, with what it prints redirected.</summary>
    public static ProcessStartInfo Command(params string[] arguments) => Redirected(Dotnet, arguments);

    /// <summary>As <see cref="Of"/>, in a network namespace.</summary>
    public static ProcessStartInfo InNamespace(string space, string program) =>
        Redirected("ip", ["netns", "exec", space, Dotnet, PathOf(program)]);

    /// <summary>
    /// The program that runs programs: <c>shared/Microsoft.NETCore.App/&lt;version&gt;/</c> is below the folder of it.
    /// </summary>
    private static string Dotnet =>
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    private static string PathOf(string program) => Path.Combine(AppContext.BaseDirectory, program + ".dll");

    private static ProcessStartInfo Redirected(string file, string[] arguments) =>
        new(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
}
