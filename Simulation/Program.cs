using SessionCluster.Simulation;

return CommandLine.Run(args, Console.Out);
