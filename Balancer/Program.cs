using SessionCluster.Balancer;
using SessionCluster.Balancer.Configuration;

try
{
    await BalancerApplication.Create(args).RunAsync();
    return 0;
}
catch (BalancerOptionsException wrong)
{
    await Console.Error.WriteLineAsync($"The balancer cannot start:\n{wrong.Message}");
    return 1;
}
