using System.CommandLine;
using SessionCluster.Benchmarks.Compare;
using SessionCluster.Benchmarks.Micro;
using SessionCluster.Benchmarks.Scale;
using SessionCluster.Benchmarks.Steps;

var root = new RootCommand("Measures what each way of keeping sessions costs.")
{
    CompareCommand.Create(),
    MicroCommand.Create(),
    ScaleCommand.Create(),
    StepsCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
