namespace SessionCluster.Simulation.Mutations;

/// <summary>Which names somebody may have meant whose text is in none of them.</summary>
internal static class NearestNames
{
    /// <summary>The names that need the fewest changed characters to contain the text, the nearest first.</summary>
    /// <param name="names">All names.</param>
    /// <param name="text">The text; upper and lower case make no difference.</param>
    /// <param name="count">How many of them.</param>
    public static IReadOnlyList<string> Of(IEnumerable<string> names, string text, int count) =>
        [.. names.OrderBy(name => Distance(name.ToUpperInvariant(), text.ToUpperInvariant())).Take(count)];

    /// <summary>How many characters of the text are to be changed, added or left out, at least.</summary>
    private static int Distance(string name, string text)
    {
        // The text may begin anywhere in the name, and end anywhere: to skip what is before and after costs nothing.
        int[] row = new int[name.Length + 1];
        for (int index = 0; index < text.Length; index++)
        {
            int diagonal = row[0];
            row[0] = index + 1;
            for (int place = 1; place <= name.Length; place++)
            {
                int changed = diagonal + (text[index] == name[place - 1] ? 0 : 1);
                diagonal = row[place];
                row[place] = Math.Min(changed, Math.Min(row[place], row[place - 1]) + 1);
            }
        }

        return row.Min();
    }
}
