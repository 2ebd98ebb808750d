namespace SessionCluster.Balancer.Configuration;

/// <summary>The settings do not describe a balancer. The message has one line for each thing that is wrong.</summary>
internal sealed class BalancerOptionsException(IReadOnlyList<string> errors) : Exception(string.Join('\n', errors))
{
    /// <summary>Each names the key, the value and what is allowed.</summary>
    public IReadOnlyList<string> Errors { get; } = errors;
}
