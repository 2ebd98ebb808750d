using System.CommandLine;
using SessionCluster.Benchmarks;
using SessionCluster.Benchmarks.Compare;
using SessionCluster.Benchmarks.Micro;
using SessionCluster.Benchmarks.Profile;
using SessionCluster.Benchmarks.Report;
using SessionCluster.Benchmarks.Scale;
using SessionCluster.Benchmarks.Steps;
using Spectre.Console;

Console.SetOut(new LastingWriter(Console.Out));
if (Console.IsOutputRedirected)
{
    // Nobody's terminal: the tables need not be cut at the eighty columns that are assumed then.
    AnsiConsole.Profile.Width = 200;
}

var root = new RootCommand("Measures what each way of keeping sessions costs.")
{
    CompareCommand.Create(),
    MicroCommand.Create(),
    ScaleCommand.Create(),
    StepsCommand.Create(),
    ProfileCommand.Create(),
};
return await Interruption.RunAsync(root.Parse(args));
