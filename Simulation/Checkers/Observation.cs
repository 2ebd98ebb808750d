namespace SessionCluster.Simulation;

/// <summary>What was known when a request began.</summary>
/// <param name="Moment">The moment.</param>
/// <param name="Time">The time.</param>
/// <param name="Newest">The newest version that any request had been told before.</param>
internal readonly record struct Observation(long Moment, TimeSpan Time, SessionVersion Newest);
