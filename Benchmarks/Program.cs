using System.CommandLine;
using SessionCluster.Benchmarks.Compare;

var root = new RootCommand("Measures what each way of keeping sessions costs.")
{
    CompareCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
