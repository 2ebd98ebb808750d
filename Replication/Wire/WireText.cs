namespace SessionCluster.Replication;

/// <summary>The two forms of a text: one byte a character where each is below 256 (Latin-1), else two.</summary>
internal static class WireText
{
    private const char NarrowMaximum = '\u00FF';

    /// <summary>Whether the text needs two bytes a character. A plain loop, because keys are short.</summary>
    public static bool IsWide(ReadOnlySpan<char> text)
    {
        foreach (char character in text)
        {
            if (character > NarrowMaximum)
            {
                return true;
            }
        }

        return false;
    }
}
