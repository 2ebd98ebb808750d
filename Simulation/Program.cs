using SessionCluster.Simulation.Mutations;

return SimulationCommand.Run(args, Console.Out, Console.Error);
