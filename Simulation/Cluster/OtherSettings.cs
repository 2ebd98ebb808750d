namespace SessionCluster.Simulation;

/// <summary>
/// In what some processes differ from the rest, as while settings are changed on one member after the other. What is
/// nothing is as with the rest.
/// </summary>
/// <param name="SuspectAfter">How long silence lasts until it is a reason.</param>
/// <param name="HolderPatience">How long a holder is waited for.</param>
/// <param name="CommitTimeout">How long a request may take.</param>
/// <param name="IdleTimeout">How long a session lives unused.</param>
/// <param name="Backups">How many backups a session has that such a process leads.</param>
internal readonly record struct OtherSettings(
    TimeSpan? SuspectAfter = null,
    TimeSpan? HolderPatience = null,
    TimeSpan? CommitTimeout = null,
    TimeSpan? IdleTimeout = null,
    int? Backups = null);
