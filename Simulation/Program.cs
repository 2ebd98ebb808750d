using SessionCluster.Simulation;
using SessionCluster.Simulation.Mutations;

return args is ["mutations", ..] ? MutationCommand.Run(args, Console.Out) : CommandLine.Run(args, Console.Out);
