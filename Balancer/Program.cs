using Microsoft.Extensions.Options;
using SessionCluster.Balancer;
using SessionCluster.Balancer.Configuration;

try
{
    await BalancerApplication.Create(args).RunAsync();
    return 0;
}
catch (BalancerOptionsException wrong)
{
    return await RefuseAsync(wrong.Errors);
}
catch (OptionsValidationException wrong)
{
    return await RefuseAsync(wrong.Failures);
}

static async Task<int> RefuseAsync(IEnumerable<string> errors)
{
    await Console.Error.WriteLineAsync($"The balancer cannot start:\n{string.Join('\n', errors)}");
    return 1;
}
