namespace SessionCluster.Benchmarks.Cluster;

/// <summary>A member was not there as it should have been.</summary>
/// <param name="message">What happened, in one line.</param>
/// <param name="output">The last lines that the member printed.</param>
/// <param name="consequence">How it was noticed; nothing where it was looked for.</param>
internal sealed class MemberException(string message, string output, Exception? consequence = null)
    : Exception(message, consequence)
{
    public string Output { get; } = output;
}
