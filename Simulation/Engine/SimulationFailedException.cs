namespace SessionCluster.Simulation;

/// <summary>The simulated cluster broke a promise.</summary>
public sealed class SimulationFailedException : Exception
{
    /// <summary>Says which promise.</summary>
    public SimulationFailedException(string message)
        : base(message)
    {
    }

    /// <summary>Says which promise, and what was thrown.</summary>
    public SimulationFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Needed by convention.</summary>
    public SimulationFailedException()
    {
    }
}
