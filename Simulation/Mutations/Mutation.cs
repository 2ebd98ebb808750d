namespace SessionCluster.Simulation.Mutations;

/// <summary>
/// One deliberate fault of the protocol: a few words of its source text, and what stands there instead.
/// </summary>
/// <param name="Name">What the fault does.</param>
/// <param name="Promise">Which rule of docs/protocol.md it breaks.</param>
/// <param name="File">The source file, from the folder Replication.</param>
/// <param name="Original">The text, which occurs there exactly once.</param>
/// <param name="Mutant">What replaces it.</param>
internal sealed record Mutation(string Name, string Promise, string File, string Original, string Mutant)
{
    /// <summary>The profile that looks for it; where it is not given, seeds take turns.</summary>
    public SwarmProfile? Profile { get; init; }

    /// <summary>Applies the fault to the text of its file.</summary>
    /// <exception cref="InvalidOperationException">
    /// The text does not occur exactly once: the catalog is out of date.
    /// </exception>
    public string ApplyTo(string text)
    {
        int first = text.IndexOf(Original, StringComparison.Ordinal);
        return first >= 0 && text.IndexOf(Original, first + 1, StringComparison.Ordinal) < 0
            ? text.Replace(Original, Mutant, StringComparison.Ordinal)
            : throw new InvalidOperationException($"{Name}: its text does not occur exactly once in {File}.");
    }
}
